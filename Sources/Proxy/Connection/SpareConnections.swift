import Reactor

/// Connections to the server that are there before somebody needs one: TLS is done, and nothing has been said. A login then waits for
/// neither the handshakes nor the server's fork. One loop's.
///
/// They follow the logins that succeeded: each makes room for one more, and one that nobody took for a while goes. So strangers cannot
/// have any made, and a quiet proxy has none. To PostgreSQL such a connection is nobody yet: it takes no place among `max_connections`, has
/// no role, and is seen by nobody who waits for a lease's sessions to end. Its `authentication_timeout` runs, far longer than ours.
final class SpareConnections {
  /// How long one is kept.
  private static let secondsMax = 10

  private let loop: EventLoop
  private let countMax: Int
  private let metrics: Metrics
  /// The newest last, and taken first.
  private var spares: [Spare] = []
  private var dialing = 0

  init(countMax: Int, loop: EventLoop, metrics: Metrics) {
    self.countMax = countMax
    self.metrics = metrics
    self.loop = loop
  }

  /// A connection that was made with this configuration of TLS, if there is one; nil is without TLS.
  func take(_ certificates: TLSContext?) -> SocketStream? {
    while let spare = spares.last {
      // The certificates may have been read again since.
      guard spare.certificates === certificates else {
        end(spare)
        continue
      }
      leave(spare)
      metrics.add(.sparesTaken)
      return spare.stream
    }
    return nil
  }

  /// Makes one more, unless there are enough.
  func prepare(_ target: DialTarget) {
    guard spares.count + dialing < countMax else { return }
    dialing += 1
    // It lives until its completion has run.
    _ = Dial(target, loop: loop) { [self] result in
      dialing -= 1
      // A failure is for the login that meets it to tell.
      if case .success(let stream) = result { keep(stream, target.upgrade?.context) }
    }
  }

  private func keep(_ stream: SocketStream, _ certificates: TLSContext?) {
    let spare = Spare(stream, certificates)
    spare.timer = loop.schedule(afterMilliseconds: Self.secondsMax * 1000) { [weak self, weak spare] in
      if let spare { self?.end(spare) }
    }
    spare.spoke = { [weak self, weak spare] in if let spare { self?.end(spare) } }
    stream.handler = spare
    spares.append(spare)
    metrics.add(.spares)
  }

  private func leave(_ spare: Spare) {
    spares.removeAll { $0 === spare }
    if let timer = spare.timer { loop.cancel(timer) }
    metrics.add(.spares, -1)
  }

  private func end(_ spare: Spare) {
    leave(spare)
    spare.stream.close()
  }

  /// Whatever the server says or does before it was spoken to is the end of it.
  private final class Spare: StreamHandler {
    let stream: SocketStream
    let certificates: TLSContext?
    var timer: TimerToken?
    var spoke: () -> Void = {}

    init(_ stream: SocketStream, _ certificates: TLSContext?) {
      self.stream = stream
      self.certificates = certificates
    }

    func stream(_ stream: SocketStream, received bytes: RawSpan) { spoke() }
    func stream(_ stream: SocketStream, sniffed firstByte: UInt8) {}
    func streamSecured(_ stream: SocketStream) {}
    func streamBlocked(_ stream: SocketStream) {}
    func streamDrained(_ stream: SocketStream) {}
    func streamEnded(_ stream: SocketStream) { spoke() }
    func streamClosed(_ stream: SocketStream, error: SocketError?) { spoke() }
  }
}
