import Audit
import IssuerAPI

extension IssuerService {
  func renew(_ id: String, lifetimeSeconds: Int?, by caller: Caller) async throws -> Lease {
    let lease = try await lease(id, for: caller)
    guard lease.person == caller.person else {
      throw APIError.forbidden("only \(lease.person) can renew this lease", next: "ask for one of your own")
    }
    if let lifetimeSeconds, !(1...31_536_000).contains(lifetimeSeconds) {
      throw APIError.invalid("lifetimeSeconds is not between 1 and 31536000", next: "leave it out for the original lifetime")
    }
    let remaining = try await pool.run { try $0.renew(lease: id, lifetimeSeconds: lifetimeSeconds, who: caller.person) }
    try await trail.record(
      IssuerEvent(
        .leaseRenewed, actor: caller.person, lease: id, role: lease.role, details: ["remainingMilliseconds": String(remaining)]))
    return try await self.lease(id, for: caller)
  }

  /// Ends a lease now: one's own, or anybody's for operators. Answers when its sessions are gone and its role was dropped, or with what
  /// holds that up.
  func revoke(_ id: String, reason: String, by caller: Caller) async throws -> Lease {
    try Self.checkText(reason, "reason", bytesMax: 500)
    let lease = try await lease(id, for: caller)
    if lease.person != caller.person { try requireOperator(caller, to: "revoke the lease of \(lease.person)") }
    guard lease.state == .active else { return lease }
    metrics.count(.leasesRevoked)
    // Ending access waits for no disk; what is not on record is said in the log.
    let event = IssuerEvent(.leaseRevoked, actor: caller.person, lease: id, role: lease.role, details: ["reason": reason])
    if let error = await trail.recordIfPossible(event) {
      logger.error("a revocation is not on record", metadata: ["lease": "\(id)", "who": "\(caller.person)", "error": "\(error)"])
    }
    let why = reason.isEmpty ? "revoked by \(caller.person)" : "revoked by \(caller.person): \(reason)"
    try await ending.end(lease: id, reason: why, who: caller.person)
    return try await self.lease(id, for: caller)
  }

  func kill(session id: String, reason: String, by caller: Caller) async throws -> SessionInfo {
    try Self.checkText(reason, "reason", bytesMax: 500)
    let person = try operates(caller) ? nil : caller.person
    guard let session = try await pool.run({ try $0.sessions(person: person, max: 100_000) }).first(where: { $0.id == id }) else {
      throw APIError.notFound("open session with that id", next: "`issuerctl sessions` lists those you may end")
    }
    try await trail.record(
      IssuerEvent(
        .sessionKilled, actor: caller.person, lease: session.lease, session: id, role: session.role, details: ["reason": reason]))
    try await pool.run { try $0.sessionKill(id: id, who: caller.person, reason: reason) }
    return session
  }

  func sweep(by caller: Caller) async throws -> SweepReport {
    try requireOperator(caller, to: "sweep")
    return try await sweeper.sweep(reconciling: true)
  }
}
