import Audit
import IssuerAPI
import Policy
import Sodium

extension IssuerService {
  /// Somebody asks for a scope. Where policy needs no approval the lease is issued in the same round trip that records the request.
  func ask(_ create: AccessRequestCreate, by caller: Caller) async throws -> AccessRequest {
    try Self.checkText(create.reason, "reason", bytesMax: 1000)
    try Self.checkText(create.ticket, "ticket", bytesMax: 200)
    try Self.checkText(create.scope, "scope", bytesMax: 200)
    guard Self.isKey(create.idempotencyKey) else {
      throw APIError.invalid("idempotencyKey is not 1 to 64 characters of [A-Za-z0-9_-]", next: "send a random one")
    }
    metrics.count(.requests)
    let policy = try policies.current
    let overdue = create.breakGlass ? try await overdueReviews(of: caller.person) : 0
    let question = AccessQuestion(
      identity: caller.person, groups: caller.groups, scope: create.scope, lifetimeSeconds: create.lifetimeSeconds,
      reason: create.reason, ticket: create.ticket, delivery: create.delivery.flatMap { ScopeDelivery(rawValue: $0.rawValue) },
      breakGlass: create.breakGlass, overdueReviews: overdue)
    let grant: AccessGrant
    switch policy.engine.decide(question, at: .now) {
    case .denied(let denial):
      metrics.count(.refusals)
      try await trail.record(
        IssuerEvent(
          .requestDenied, actor: caller.person, scope: create.scope,
          details: ["code": denial.code.rawValue, "why": denial.reason]))
      throw APIError(code: denial.code.rawValue, message: denial.reason, next: denial.next)
    case .granted(let granted): grant = granted
    }
    guard let scope = policy.policy.scope(named: grant.scope) else { throw APIError.notFound("scope \(grant.scope)") }
    try refuseUnlessReady(scope, policy)
    return try await ask(create, grant: grant, scope: scope, by: caller)
  }

  private func ask(_ create: AccessRequestCreate, grant: AccessGrant, scope: Scope, by caller: Caller) async throws
    -> AccessRequest
  {
    let ask = LedgerAsk(
      requestID: Self.newID(), person: caller.person, idempotencyKey: create.idempotencyKey, scope: scope.name,
      database: scope.database, delivery: Delivery(rawValue: grant.delivery.rawValue) ?? .proxy,
      enforcement: scope.enforcement.rawValue,
      lifetimeSeconds: grant.lifetimeSeconds, ceilingSeconds: grant.ceilingSeconds, reason: create.reason, ticket: create.ticket,
      breakGlass: create.breakGlass, approvalsNeeded: grant.approvalsNeeded,
      approvalRule: ApprovalTerms(
        rule: grant.rule, approvers: grant.approvers, reviewWithinSeconds: grant.review?.reviewWithinSeconds),
      decideWithinSeconds: grant.decideWithinSeconds,
      settings: Dictionary(scope.settings.map { ($0.name, $0.value) }, uniquingKeysWith: { _, last in last }),
      connectionLimit: scope.connectionsMax, keepObjects: scope.ownedObjects == .quarantine, setRole: scope.owner)
    let role = grant.approvals.isEmpty ? try newRole(person: caller.person, delivery: ask.delivery) : nil
    // The chain says what is about to happen before it happens, and what came of it afterwards.
    try await trail.record(
      IssuerEvent(
        .requestCreated, actor: caller.person, request: ask.requestID, lease: role?.leaseID, scope: scope.name,
        database: scope.database, role: role?.name,
        details: [
          "reason": create.reason, "ticket": create.ticket ?? "", "lifetimeSeconds": String(grant.lifetimeSeconds),
          "rule": grant.rule,
          "delivery": ask.delivery.rawValue, "breakGlass": String(create.breakGlass), "enforcement": ask.enforcement,
        ]))
    let outcome = try await pool.run { try $0.grantRequest(ask, role: role) }
    let request = outcome.request
    if let lease = request.lease, outcome.created {
      try await issued(lease, request: request.id, lifetimeSeconds: grant.lifetimeSeconds)
    }
    // A request that waits for its issue since a crash is picked up again by its own requester as well.
    if request.state == .approved { return try await complete(request.id, for: caller) }
    return try await present(request, to: caller, derivationKey: outcome.created ? role?.derivationKey : nil)
  }

  /// Names and verifier of a lease to be issued.
  func newRole(person: String, delivery: Delivery) throws -> LedgerRole {
    let body = vault.body
    let id = Self.newID()
    let key = String(body.currentDerivationKeyID)
    let secrets = try LeaseSecrets(body: body, keyID: key, lease: id)
    let iterations = delivery == .proxy ? LeaseSecrets.proxyIterations : LeaseSecrets.strongIterations
    let name = RoleName.make(person: person)
    return LedgerRole(
      leaseID: id, name: name, verifier: try secrets.roleVerifier(iterations: iterations).postgresText, iterations: iterations,
      derivationKey: key, mark: try secrets.mark(role: name))
  }

  func issued(_ lease: Lease, request: String, lifetimeSeconds: Int) async throws {
    metrics.count(.leasesIssued)
    sweeper.note(deadlineInSeconds: lifetimeSeconds)
    try await trail.record(
      IssuerEvent(
        .leaseIssued, person: lease.person, request: request, lease: lease.id, scope: lease.scope, database: lease.database,
        role: lease.role,
        details: ["deadline": lease.deadline, "delivery": lease.delivery.rawValue, "enforcement": lease.enforcement]))
  }

  private func refuseUnlessReady(_ scope: Scope, _ policy: LoadedPolicy) throws(APIError) {
    guard policy.state(of: scope.name) != .ready else { return }
    let finding = policy.refusal(of: scope.name)
    let cure = finding?.cure ?? ""
    throw APIError(
      code: "unavailable", message: "the scope \(scope.name) is not loaded: \(finding?.message ?? "it is being compiled")",
      next: !cure.isEmpty
        ? "an operator runs: \(cure)"
        : finding?.kind == ScopeLoader.notCompiled
          ? "it is tried again each minute: ask again, or an operator looks at `issuerctl policy check --live`"
          : "an operator looks at `issuerctl policy check --live`")
  }

  private static func isKey(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
      }
  }
}
