import IssuerAPI
import PostgresClient

extension IssuerService {
  /// Seconds between heartbeats; a proxy takes a stream that is silent for three of them for dead.
  static let heartbeatSeconds = 3

  /// What a proxy's stream begins with: those of its leases that are over, or how long the others have.
  func openingEvents(_ open: ProxyEventsOpen) async throws -> [ProxyEvent] {
    guard open.leases.count <= 10_000 else { throw APIError.invalid("too many leases", next: "tell those with sessions") }
    try Self.checkText(open.proxy, "proxy", bytesMax: 100)
    let ids = try open.leases.map { try Self.id($0, of: "lease") }
    // A proxy without leases has just started: what the ledger still takes for its sessions is gone.
    if ids.isEmpty { _ = try await pool.run { try $0.sessionsLost(proxy: open.proxy, keep: []) } }
    return try await pool.run { connection in
      try ids.map { id in
        guard let lease = try connection.lease(id), lease.state == .active else {
          return .leaseEnded(lease: id, reason: try connection.lease(id)?.endReason ?? "the lease is over")
        }
        guard let left = try connection.leaseForLogin(role: lease.role)?.remainingMilliseconds else {
          return .leaseEnded(lease: id, reason: "expired")
        }
        return .deadlineMoved(lease: id, remainingMilliseconds: left)
      }
    }
  }

  /// What the ledger tells, passed on to whom it concerns.
  func heard(_ message: LedgerListener.Message) {
    switch message {
    case .listening:
      knownLogins.forgetAll()
      hub.resynchronize()
    case .event(let event): heard(event)
    }
  }

  private func heard(_ event: LedgerEvent) {
    switch event.kind {
    case .request: if let request = event.request { hub.requestChanged(request) }
    case .leaseEnded:
      knownLogins.forget(leases: event.leases ?? [])
      for lease in event.leases ?? [] {
        hub.publish(.leaseEnded(lease: lease, reason: event.reason ?? "the lease is over"))
      }
    case .sessionKilled:
      if let session = event.session {
        hub.publish(.sessionKilled(session: session, reason: event.reason ?? "ended by an operator"))
      }
    case .deadlineMoved:
      guard let id = event.lease else { return }
      // The deadline counts by the server's clock, so it is asked how long that is from now.
      Task { [pool, hub, sweeper, logger] in
        do {
          let left = try await pool.run { connection in
            try connection.lease(id).flatMap { try connection.leaseForLogin(role: $0.role)?.remainingMilliseconds }
          }
          guard let left else { return }
          hub.publish(.deadlineMoved(lease: id, remainingMilliseconds: left))
          sweeper.note(deadlineInSeconds: left / 1000 + 1)
        } catch {
          logger.warning("a renewal could not be told to the proxies", metadata: ["lease": "\(id)", "error": "\(error)"])
          hub.resynchronize()
        }
      }
    case .scope: break
    }
  }
}

extension IssuerService {
  /// A proxy's stream ended. Unless it comes back soon, the sessions that the ledger still knows of it are over.
  func proxyLeft(_ proxy: String) {
    proxiesSeen.withLock { $0[proxy] = Timestamp.now() }
    Task { [hub, pool, logger] in
      try await Task.sleep(for: .seconds(3 * Self.heartbeatSeconds))
      guard !hub.connectedProxies.contains(proxy) else { return }
      let lost = try await pool.run { try $0.sessionsLost(proxy: proxy, keep: []) }
      if lost > 0 { logger.warning("a proxy is gone", metadata: ["proxy": "\(proxy)", "sessions": "\(lost)"]) }
    }
  }
}
