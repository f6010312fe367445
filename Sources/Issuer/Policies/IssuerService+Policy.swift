import Audit
import IssuerAPI
import Policy

extension IssuerService {
  /// Reads the policy file again. A file that does not load leaves the policy before it in force.
  func reloadPolicy(by actor: String) async throws -> PolicyReloaded {
    do {
      let (policy, changed) = try await policies.reload()
      try await trail.record(IssuerEvent(.policyLoaded, actor: actor, details: ["fingerprint": policy.fingerprint]))
      logger.info("the policy is loaded", metadata: ["fingerprint": "\(policy.fingerprint)", "changed": "\(changed)"])
      try await endLeases(ofScopes: policy.policy.scopes.map(\.name).filter { policy.isFoundUnenforceable($0) })
      return PolicyReloaded(fingerprint: policy.fingerprint, changed: changed, live: policy.live)
    } catch let error as APIError {
      try await trail.record(IssuerEvent(.policyRefused, actor: actor, text: error.message))
      logger.error("the policy does not load; the one before stays in force", metadata: ["why": "\(error.message)"])
      throw error
    }
  }

  /// Looks again at the compiled scopes. What would go round one now ends its leases.
  func recheckScopes() async throws {
    let refused = try await policies.recheck()
    for scope in refused {
      try await trail.record(
        IssuerEvent(.scopeRefused, scope: scope, text: try policies.current.refusal(of: scope)?.message))
      logger.error("a scope does not hold any more", metadata: ["scope": "\(scope)"])
    }
    try await endLeases(ofScopes: refused)
  }

  private func endLeases(ofScopes scopes: [String]) async throws {
    guard !scopes.isEmpty else { return }
    let leases = try await pool.run { try $0.leases(person: nil, states: ["active"], stuck: false, max: 100_000) }
    let concerned = leases.filter { scopes.contains($0.scope) }.map(\.id)
    for start in stride(from: 0, to: concerned.count, by: LeaseEnding.chunkMax) {
      let chunk = Array(concerned[start..<min(start + LeaseEnding.chunkMax, concerned.count)])
      _ = try await ending.end(leases: chunk, reason: "the scope cannot be enforced any more", who: "issuer")
    }
  }

  func rotateAdmin(by caller: Caller) async throws -> RotationReport {
    try requireOperator(caller, to: "rotate passwords")
    return try await rotateAdmin(actor: caller.person)
  }

  func rotateAdmin(actor: String) async throws -> RotationReport {
    do {
      try await trail.record(IssuerEvent(.rotation, actor: actor, text: "begun"))
      var report = try await Blocking.run { [rotation] in try rotation.rotate() }
      report.nextAt = configuration.adminRotationSeconds.map { Timestamp.after(seconds: $0) }
      try await trail.record(IssuerEvent(.rotation, actor: actor, role: report.role, text: "done"))
      return report
    } catch {
      try await trail.record(IssuerEvent(.rotation, actor: actor, text: "failed: \(error)"))
      throw error
    }
  }
}
