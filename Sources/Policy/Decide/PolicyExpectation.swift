import SQLAnalysis

/// What a policy is meant to answer: one entry under `tests:`.
public struct PolicyExpectation: Sendable, Equatable {
  public enum Subject: Sendable, Equatable {
    case ask(AskSubject, expect: AskOutcome, lifetimeSeconds: Int?, approvals: Int?)
    case approve(approver: String, requester: String, scope: String, allowed: Bool)
    case sql(String, scope: String, expect: SQLOutcome, rule: String?)
    case mask(database: String, schema: String, table: String, column: String, type: String, expect: MaskKind?)
  }
  /// `pending` is granted once approved.
  public enum AskOutcome: String, Sendable, Equatable { case granted, pending, denied }
  public enum SQLOutcome: String, Sendable, Equatable { case approved, refused, alarm }

  public var name: String
  public var line: Int
  public var subject: Subject
}

/// A request as a test describes it.
public struct AskSubject: Sendable, Equatable {
  public var identity: String
  public var scope: String
  public var lifetimeSeconds: Int?
  public var reason: String
  public var ticket: String?
  public var delivery: ScopeDelivery?
  public var breakGlass: Bool
  public var at: WallClock

  /// Monday, 2026-08-03 10:00 UTC: for tests that name no time.
  static let someMonday = WallClock(secondsSince1970: 1_785_751_200)
}

/// How one expectation came out.
public struct ExpectationOutcome: Sendable, Equatable, Codable {
  public var name: String
  public var line: Int
  public var passed: Bool
  /// What the policy answered, and why.
  public var answer: String
}

extension DecisionEngine {
  /// Runs expectations against the policy.
  ///
  /// - Parameter analyse: the parser; passed in, so that this target needs none.
  public func run(
    _ expectations: [PolicyExpectation], analyse: (String) throws(ParseFailure) -> StatementAnalysis
  ) -> [ExpectationOutcome] {
    expectations.map { expectation in
      let (passed, answer) = run(expectation.subject, analyse)
      return ExpectationOutcome(name: expectation.name, line: expectation.line, passed: passed, answer: answer)
    }
  }

  private func run(
    _ subject: PolicyExpectation.Subject, _ analyse: (String) throws(ParseFailure) -> StatementAnalysis
  ) -> (passed: Bool, answer: String) {
    switch subject {
    case .ask(let ask, let expect, let lifetimeSeconds, let approvals):
      return runAsk(ask, expect, lifetimeSeconds, approvals)
    case .approve(let approver, let requester, let scope, let allowed):
      return runApprove(approver, requester, scope, allowed)
    case .sql(let text, let scope, let expect, let rule):
      return runSQL(text, scope, expect, rule, analyse)
    case .mask(let database, let schema, let table, let column, let type, let expect):
      let mask = policy.database(named: database)?.mask(schema: schema, table: table, column: column, type: type)
      return (mask?.kind == expect, mask.map { "\($0.kind.rawValue), by `\($0.rule)`" } ?? "free")
    }
  }

  private func groups(_ name: String) -> [String] { policy.identity(named: name)?.groups ?? [] }

  private func runAsk(
    _ ask: AskSubject, _ expect: PolicyExpectation.AskOutcome, _ lifetimeSeconds: Int?, _ approvals: Int?
  ) -> (Bool, String) {
    let question = AccessQuestion(
      identity: ask.identity, groups: groups(ask.identity), scope: ask.scope, lifetimeSeconds: ask.lifetimeSeconds,
      reason: ask.reason, ticket: ask.ticket, delivery: ask.delivery, breakGlass: ask.breakGlass)
    switch decide(question, at: ask.at) {
    case .denied(let denial): return (expect == .denied, "denied: \(denial.reason)")
    case .granted(let grant):
      let outcome: PolicyExpectation.AskOutcome = grant.approvals.isEmpty ? .granted : .pending
      let passed =
        expect == outcome && lifetimeSeconds ?? grant.lifetimeSeconds == grant.lifetimeSeconds
        && approvals ?? grant.approvalsNeeded == grant.approvalsNeeded
      let approval = grant.approvals.isEmpty ? "" : ", approvals: \(grant.approvers)"
      return (passed, "\(outcome.rawValue) by \(grant.rule) for \(DurationText.text(grant.lifetimeSeconds))\(approval)")
    }
  }

  private func runApprove(_ approver: String, _ requester: String, _ scope: String, _ allowed: Bool) -> (Bool, String) {
    let rules = policy.access.filter {
      $0.scopes.contains(scope) && !$0.approvals.isEmpty && $0.who.contains(requester, groups: groups(requester))
    }
    guard let rule = rules.first else { return (!allowed, "refused: no request of \(requester) for \(scope) needs approval") }
    let question = ApprovalQuestion(
      approver: Person(name: approver, groups: groups(approver)), requester: requester, rule: rule.name, scope: scope)
    switch mayApprove(question) {
    case .allowed: return (allowed, "allowed by \(rule.name)")
    case .refused(let reason, _): return (!allowed, "refused: \(reason)")
    }
  }

  private func runSQL(
    _ text: String, _ scopeName: String, _ expect: PolicyExpectation.SQLOutcome, _ rule: String?,
    _ analyse: (String) throws(ParseFailure) -> StatementAnalysis
  ) -> (Bool, String) {
    guard let scope = policy.scope(named: scopeName) else { return (false, "there is no scope \(scopeName)") }
    let analysis: StatementAnalysis
    do { analysis = try analyse(text) } catch {
      return (expect == .refused && rule == nil, "refused: cannot be parsed: \(error.message)")
    }
    switch Self.verdict(sessionPolicy(scope, maskedTables: []), analysis) {
    case .approved: return (expect == .approved, "approved")
    case .alarm(_, let alarms):
      let names = alarms.map(\.rule)
      return (expect == .alarm && (rule.map(names.contains) ?? true), "alarm by \(names.joined(separator: ", "))")
    case .refused(let refusal):
      let named = rule.map { refusal.rule == $0 || refusal.rule.hasPrefix($0 + "/") } ?? true
      return (expect == .refused && named, "refused by \(refusal.rule): \(refusal.reason)")
    }
  }
}
