import Audit
import IssuerAPI
import Policy

extension IssuerService {
  func overdueReviews(of person: String) async throws -> Int { try await pool.run { try $0.overdueReviews(person: person) } }

  /// Somebody says yes. Who may is policy, asked here; that nobody fills two seats or decides for themselves is the ledger's, too. The
  /// last yes issues the lease. For break-glass requests it is the review afterwards.
  func approve(_ id: String, comment: String?, by caller: Caller) async throws -> AccessRequest {
    let (terms, request) = try await decision(on: id, comment: comment, by: caller)
    if terms.breakGlass {
      try await pool.run { try $0.review(request: id, reviewer: caller.person, comment: comment) }
      try await trail.record(IssuerEvent(.review, actor: caller.person, request: id, details: ["comment": comment ?? ""]))
      return try await self.request(id, for: caller)
    }
    guard request.state == .requested || request.state == .approved else { throw Self.isOver(request) }
    try await trail.record(
      IssuerEvent(.requestApproved, actor: caller.person, request: id, scope: terms.scope, details: ["comment": comment ?? ""]))
    let state = try await pool.run { try $0.approve(request: id, approver: caller.person, comment: comment) }
    return state == "approved" ? try await complete(id, for: caller) : try await self.request(id, for: caller)
  }

  func deny(_ id: String, comment: String?, by caller: Caller) async throws -> AccessRequest {
    let (_, request) = try await decision(on: id, comment: comment, by: caller)
    guard request.state == .requested else { throw Self.isOver(request) }
    try await trail.record(IssuerEvent(.requestDenied, actor: caller.person, request: id, details: ["comment": comment ?? ""]))
    try await pool.run { try $0.deny(request: id, approver: caller.person, comment: comment) }
    return try await self.request(id, for: caller)
  }

  /// Taken back by who asked.
  func cancel(_ id: String, by caller: Caller) async throws -> AccessRequest {
    let request = try await self.request(id, for: caller)
    guard request.person == caller.person else {
      throw APIError.forbidden(
        "only \(request.person) can take this request back", next: "deny it, if you are among its approvers")
    }
    try await trail.record(IssuerEvent(.requestCancelled, actor: caller.person, request: id))
    try await pool.run { try $0.cancel(request: id, person: caller.person) }
    return try await self.request(id, for: caller)
  }

  /// Issues the lease of an approved request. Hours may have closed and rules changed since it was asked: policy is asked again.
  @discardableResult
  func complete(_ id: String, for caller: Caller) async throws -> AccessRequest {
    let policy = try policies.current
    let (terms, request) = try await pool.run { connection in (try connection.requestTerms(id), try connection.request(id)) }
    guard let terms, let request else { throw APIError.notFound("request with that id") }
    guard request.state == .approved else { return try await present(request, to: caller) }
    let requester = policy.policy.identity(named: terms.person)
    let question = AccessQuestion(
      identity: terms.person, groups: requester?.groups ?? [], scope: terms.scope, lifetimeSeconds: request.lifetimeSeconds,
      reason: request.reason, ticket: request.ticket, delivery: ScopeDelivery(rawValue: terms.delivery.rawValue))
    if case .denied(let denial) = policy.engine.decide(question, at: .now) {
      let why = "approved, but the policy refuses it now: \(denial.reason)"
      try await trail.record(IssuerEvent(.leaseFailed, person: terms.person, request: id, details: ["why": why]))
      try await pool.run { try $0.requestFailed(id, message: why) }
      return try await self.request(id, for: caller)
    }
    let role = try newRole(person: terms.person, delivery: terms.delivery)
    // As in `ask`: the chain names lease and role before there are any, so that a crash leaves none that it does not know.
    try await trail.record(
      IssuerEvent(
        .leaseIssued, actor: caller.person.isEmpty ? "issuerd" : caller.person, person: terms.person, request: id,
        lease: role.leaseID, scope: terms.scope, database: request.database, role: role.name, text: "begun"))
    let outcome = try await pool.run { try $0.issue(request: id, role: role) }
    if outcome.created, let lease = outcome.request.lease {
      try await issued(lease, request: id, lifetimeSeconds: outcome.request.lifetimeSeconds)
    }
    return try await present(outcome.request, to: caller, derivationKey: outcome.created ? role.derivationKey : nil)
  }

  /// Whether the caller may decide on a request.
  private func decision(
    on id: String, comment: String?, by caller: Caller
  ) async throws -> (terms: RequestTerms, request: AccessRequest) {
    try Self.checkText(comment, "comment", bytesMax: 1000)
    let policy = try policies.current
    let (terms, request) = try await pool.run { connection in (try connection.requestTerms(id), try connection.request(id)) }
    guard let terms, let request else { throw APIError.notFound("request with that id") }
    let approvedBy = request.approvals.filter { $0.decision == .approve && $0.approver != caller.person }.map { approval in
      Person(name: approval.approver, groups: policy.policy.identity(named: approval.approver)?.groups ?? [])
    }
    let verdict = policy.engine.mayApprove(
      ApprovalQuestion(
        approver: caller.asPerson, requester: terms.person, rule: terms.terms.rule, scope: terms.scope,
        breakGlass: terms.breakGlass,
        approvedBy: approvedBy))
    if case .refused(let reason, let next) = verdict { throw APIError.forbidden(reason, next: next) }
    return (terms, request)
  }

  private static func isOver(_ request: AccessRequest) -> APIError {
    .conflict("the request is \(request.state.rawValue) already", next: "nothing to do")
  }
}
