/// Whose the outcomes are: from format 2 on their records name the statement alone, whose record has session and lease, and leave out the
/// SQLSTATE of a success. Given a writer's records in order, completes them as they stood in format 1.
struct OutcomeOwners {
  private struct Running {
    var statement: UInt64
    var lease: String?
  }

  /// Statements whose outcomes may still come, in their order, by session. A server answers in order: what stands before one that has
  /// ended has no more outcomes to come.
  private var sessions: [String: [Running]] = [:]
  private var session: [UInt64: String] = [:]

  /// The record with all members that it has by its statement. To be asked of every record.
  mutating func complete(_ record: AuditRecord) -> AuditRecord {
    switch record.kind {
    case "statement":
      guard let session = record["session"], record["verdict"] != "refused" else { return record }
      sessions[session, default: []].append(Running(statement: record.sequence, lease: record["lease"]))
      self.session[record.sequence] = session
    case "session_closed":
      guard let session = record["session"], let running = sessions.removeValue(forKey: session) else { return record }
      for statement in running { self.session[statement.statement] = nil }
    case "outcome":
      guard let statement = record.number("statement"), let session = session[statement] else {
        return record.completed(session: nil, lease: nil)
      }
      var running = sessions[session] ?? []
      while let first = running.first, first.statement < statement {
        self.session[first.statement] = nil
        running.removeFirst()
      }
      sessions[session] = running
      return record.completed(session: session, lease: running.first?.lease)
    default: break
    }
    return record
  }
}

extension AuditRecord {
  /// With these members where it has none; its line stays as it is.
  fileprivate func completed(session: String?, lease: String?) -> AuditRecord {
    guard case .object(let members) = self.members else { return self }
    let missing = [("session", session), ("lease", lease), ("sqlstate", AuditEvent.Outcome.success)].compactMap { name, value in
      value.flatMap { self.members[name] == nil ? JSONValue.Member(name: name, value: .string($0)) : nil }
    }
    if missing.isEmpty { return self }
    var record = self
    record.members = .object(members + missing)
    return record
  }
}
