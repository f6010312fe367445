import Reactor

/// One loop with its sessions. Everything in it belongs to the loop's thread.
final class Worker {
  let loop: EventLoop
  let context: ProxyContext
  let verdicts = VerdictCache()
  let stage: AuditStage
  let spares: SpareConnections
  private(set) lazy var logins = context.issuer.logins(on: loop)
  private var sessions: [ObjectIdentifier: ProxiedSession] = [:]
  private var looksForIdle = false
  /// How often those are looked for that have been idle for a moment.
  private static let restMilliseconds: UInt64 = 2000

  private let number: Int

  init(number: Int, loop: EventLoop, context: ProxyContext) {
    self.number = number
    self.loop = loop
    self.context = context
    stage = AuditStage(log: context.audit, loop: loop)
    spares = SpareConnections(
      countMax: context.configuration.backend.spareConnectionsMax, loop: loop, metrics: context.metrics)
  }

  var count: Int { sessions.count }

  /// Takes over an accepted socket.
  func accept(_ descriptor: Int32, _ address: SocketAddress, _ listener: ProxyListener) {
    let limits = context.configuration.limits
    guard context.open.load(ordering: .relaxed) < limits.sessionsMax, !context.isDraining.load(ordering: .relaxed) else {
      turnAway(descriptor, with: ErrorReplies.tooManySessions(limits.sessionsMax).bytes)
      return
    }
    guard context.halfOpen.enter(address.host) else {
      turnAway(descriptor, with: ErrorReplies.tooManyHalfOpen().bytes)
      return
    }
    context.metrics.add(.connections)
    do throws(SocketError) {
      let session = try ProxiedSession(descriptor: descriptor, address: address, acceptedAt: listener, worker: self)
      sessions[ObjectIdentifier(session)] = session
      context.open.wrappingAdd(1, ordering: .relaxed)
      context.metrics.add(.sessions)
      lookForIdle()
    } catch {
      context.halfOpen.leave(address.host)
      Socket.close(descriptor)
      context.load.withLock { $0[number] -= 1 }
      context.logger.error("a connection could not be taken over", metadata: ["error": "\(error)"])
    }
  }

  /// Sessions that have just become idle give back what only busy ones need. Those that have been so for long are not touched.
  private func lookForIdle() {
    guard !looksForIdle, !sessions.isEmpty else { return }
    looksForIdle = true
    _ = loop.schedule(afterMilliseconds: Int(Self.restMilliseconds)) { [self] in
      looksForIdle = false
      for session in sessions.values {
        let idle = loop.nowMilliseconds &- session.clocks.lastActivityMilliseconds
        if (Self.restMilliseconds / 2...3 * Self.restMilliseconds).contains(idle) { session.rest() }
      }
      lookForIdle()
    }
  }

  /// A last word in plain text, as PostgreSQL does before it knows anything of the client.
  private func turnAway(_ descriptor: Int32, with error: [UInt8]) {
    context.metrics.add(.halfOpenShed)
    context.load.withLock { $0[number] -= 1 }
    guard let stream = try? SocketStream(descriptor: descriptor, loop: loop, handler: Silent()) else {
      Socket.close(descriptor)
      return
    }
    stream.write(error)
    stream.closeAfterFlush()
  }

  func ended(_ session: ProxiedSession) {
    guard sessions.removeValue(forKey: ObjectIdentifier(session)) != nil else { return }
    context.load.withLock { $0[number] -= 1 }
    context.open.wrappingSubtract(1, ordering: .relaxed)
    context.metrics.add(.sessions, -1)
  }

  /// Ends sessions: all of them, or those that are idle or not logged in yet.
  func end(idleOnly: Bool) {
    for session in sessions.values {
      if idleOnly, session.machine.isEstablished, !(session.machine.isIdle && session.machine.status == .idle) { continue }
      session.endReason = "the proxy was stopped"
      session.endSoon(ErrorReplies.shutdown())
    }
  }

  /// For streams that only say goodbye.
  private final class Silent: StreamHandler {
    func stream(_ stream: SocketStream, received bytes: RawSpan) {}
    func stream(_ stream: SocketStream, sniffed firstByte: UInt8) {}
    func streamSecured(_ stream: SocketStream) {}
    func streamBlocked(_ stream: SocketStream) {}
    func streamDrained(_ stream: SocketStream) {}
    func streamEnded(_ stream: SocketStream) {}
    func streamClosed(_ stream: SocketStream, error: SocketError?) {}
  }
}
