import IssuerAPI
import Policy

/// Who may see what: oneself everything of one's own, operators and auditors everything, approvers what waits for them.
extension IssuerService {
  /// More than this is not listed at once; narrower filters find the rest.
  static let listMax = 500

  func operates(_ caller: Caller) throws -> Bool { try policies.current.policy.operates(identity(caller)) }

  func audits(_ caller: Caller) throws -> Bool { try policies.current.policy.audits(identity(caller)) }

  func requireOperator(_ caller: Caller, to what: String) throws {
    guard try operates(caller) else {
      throw APIError.forbidden("\(caller.person) may not \(what)", next: "ask an operator (`operators:` in the policy)")
    }
  }

  func requireAuditor(_ caller: Caller, to what: String) throws {
    guard try audits(caller) else {
      throw APIError.forbidden("\(caller.person) may not \(what)", next: "ask an operator or auditor (`auditors:` in the policy)")
    }
  }

  private func identity(_ caller: Caller) -> Identity {
    // The way of proof does not matter to these questions; names and groups do.
    Identity(name: caller.person, login: .token, groups: caller.groups)
  }

  func request(_ id: String, for caller: Caller) async throws -> AccessRequest {
    guard let request = try await pool.run({ try $0.request(id) }), try await maySee(request, caller) else {
      throw APIError.notFound("request with that id", next: "`issuerctl requests` lists those you may see")
    }
    return try await present(request, to: caller)
  }

  /// Waits until the request is decided, at most `waitSeconds`.
  func request(_ id: String, for caller: Caller, waitSeconds: Int) async throws -> AccessRequest {
    let changes = hub.changes(ofRequest: id)
    let first = try await request(id, for: caller)
    guard waitSeconds > 0, first.state == .requested || first.state == .approved else { return first }
    let deadline = ContinuousClock.now + .seconds(waitSeconds)
    return try await withThrowingTaskGroup(of: AccessRequest?.self) { group in
      group.addTask { [self] in
        for await _ in changes {
          let latest = try await request(id, for: caller)
          if latest.state != .requested && latest.state != .approved { return latest }
        }
        return nil
      }
      group.addTask {
        try await Task.sleep(until: deadline)
        return nil
      }
      defer { group.cancelAll() }
      if let decided = try await group.next() ?? nil { return decided }
      return try await self.request(id, for: caller)
    }
  }

  /// One's own and those that one may decide; with `all` everybody's. Without a state: those that are pending, and those that were issued
  /// past the approvals and not reviewed yet.
  func requests(state: AccessRequest.State?, all: Bool, for caller: Caller) async throws -> Page<AccessRequest> {
    let states = state.map { [$0.rawValue] } ?? ["requested", "approved"]
    if all { try requireAuditor(caller, to: "see everybody's requests") }
    let found = try await pool.run { connection in
      let owed = state == nil ? try connection.reviewsOwed(max: Self.listMax) : []
      if all { return try connection.requests(person: nil, states: states, max: Self.listMax + 1) + owed }
      let own = try connection.requests(person: caller.person, states: states, max: Self.listMax + 1)
      let others = try connection.requests(person: nil, states: states, max: Self.listMax)
      return own + others.filter { $0.person != caller.person } + owed
    }
    var visible: [AccessRequest] = []
    for request in found {
      if all { visible.append(request) } else if try await concerns(request, caller) { visible.append(request) }
    }
    return Page(items: Array(visible.prefix(Self.listMax)), truncated: visible.count > Self.listMax)
  }

  private func maySee(_ request: AccessRequest, _ caller: Caller) async throws -> Bool {
    if try audits(caller) { return true }
    return try await concerns(request, caller)
  }

  /// Whether the caller asked for it, decided on it, or may do so.
  private func concerns(_ request: AccessRequest, _ caller: Caller) async throws -> Bool {
    if request.person == caller.person { return true }
    if request.approvals.contains(where: { $0.approver == caller.person }) { return true }
    guard request.state == .requested || request.breakGlass else { return false }
    let policy = try policies.current
    guard let terms = try await pool.run({ try $0.requestTerms(request.id) }) else { return false }
    let verdict = policy.engine.mayApprove(
      ApprovalQuestion(
        approver: caller.asPerson, requester: terms.person, rule: terms.terms.rule, scope: terms.scope,
        breakGlass: terms.breakGlass))
    if case .allowed = verdict { return true }
    return false
  }

  func lease(_ id: String, for caller: Caller) async throws -> Lease {
    guard let lease = try await pool.run({ try $0.lease(id) }), try lease.person == caller.person || audits(caller) else {
      throw APIError.notFound("lease with that id", next: "`issuerctl leases` lists those you may see")
    }
    return lease
  }

  /// One's own; with `all` everybody's. Without a state: active ones, or with `stuck` those whose end does not get on.
  func leases(state: Lease.State?, stuck: Bool, all: Bool, for caller: Caller) async throws -> Page<Lease> {
    if all { try requireAuditor(caller, to: "see everybody's leases") }
    let states = state.map { [$0.rawValue] } ?? (stuck ? nil : ["active"])
    let found = try await pool.run {
      try $0.leases(person: all ? nil : caller.person, states: states, stuck: stuck, max: Self.listMax + 1)
    }
    return Page(items: Array(found.prefix(Self.listMax)), truncated: found.count > Self.listMax)
  }

  func sessions(all: Bool, for caller: Caller) async throws -> Page<SessionInfo> {
    if all { try requireAuditor(caller, to: "see everybody's sessions") }
    let found = try await pool.run { try $0.sessions(person: all ? nil : caller.person, max: Self.listMax + 1) }
    return Page(items: Array(found.prefix(Self.listMax)), truncated: found.count > Self.listMax)
  }

  func whoAmI(_ caller: Caller) throws -> WhoAmI {
    WhoAmI(
      person: caller.person, groups: caller.groups, proof: caller.proof, operates: try operates(caller),
      audits: try audits(caller),
      tokenExpiresAt: caller.tokenExpiresAt)
  }

  /// The scopes that the caller may ask for at this moment, and on what terms.
  func scopes(for caller: Caller) throws -> Page<ScopeInfo> {
    let policy = try policies.current
    let all = try audits(caller)
    return Page(
      items: policy.policy.scopes.compactMap { scope in
        let rule = policy.policy.access.first {
          $0.scopes.contains(scope.name) && $0.who.contains(caller.person, groups: caller.groups)
        }
        guard all || rule != nil else { return nil }
        return ScopeInfo(
          name: scope.name, description: scope.description, database: scope.database, state: policy.state(of: scope.name),
          message: policy.refusal(of: scope.name)?.message ?? "",
          delivery: scope.delivery.compactMap { Delivery(rawValue: $0.rawValue) }, unmasked: scope.unmasked,
          enforcement: scope.enforcement.rawValue, mayAsk: rule != nil, rule: rule?.name,
          lifetimeSecondsDefault: rule?.lifetimeSecondsDefault ?? 0,
          lifetimeSecondsMax: rule?.lifetimeSecondsMax ?? 0, approvalsNeeded: rule?.approvalsNeeded ?? 0,
          breakGlass: rule?.breakGlass != nil)
      })
  }
}
