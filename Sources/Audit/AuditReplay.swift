/// A session as it went: what was said when.
public struct AuditReplay: Sendable, Equatable {
  /// One thing to show, after a wait.
  public struct Step: Sendable, Equatable {
    /// Microseconds after the step before.
    public let delayMicroseconds: Int64
    public let record: AuditRecord
  }

  public private(set) var steps: [Step] = []

  /// Picks the records of a session out of a writer's log.
  ///
  /// - Parameter records: in their order; `AuditReader`.
  public init(session: String, records: some Sequence<AuditRecord>) {
    var last: Int64?
    for record in records where record["session"] == session {
      let time = AuditTime(record.time)?.microseconds ?? last ?? 0
      steps.append(Step(delayMicroseconds: max(0, time - (last ?? time)), record: record))
      last = time
    }
  }

  /// How long to wait before each step.
  ///
  /// - Parameters:
  ///   - speed: 2 is twice as fast; nil is without waiting.
  ///   - idleSecondsMax: longer waits are cut to this, before the speed is applied.
  public func delays(speed: Double?, idleSecondsMax: Double? = nil) -> [Int64] {
    steps.map { step in
      guard let speed, speed > 0 else { return 0 }
      let limit = idleSecondsMax.map { Int64(clamping: Int($0 * 1_000_000)) } ?? .max
      return Int64(Double(min(step.delayMicroseconds, limit)) / speed)
    }
  }
}
