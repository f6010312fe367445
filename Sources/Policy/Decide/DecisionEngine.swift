/// Decides by a policy: who gets what, who may approve it, and what a session enforces. A value; it reads no clock.
///
/// Statements are judged by `verdict`, which needs no policy file but only the `SessionPolicy` that the proxy holds.
public struct DecisionEngine: Sendable {
  public let policy: Policy

  public init(policy: Policy) { self.policy = policy }

  /// Whether somebody gets a scope. Ask again when the last approval is in: hours may have closed meanwhile, and rules changed.
  public func decide(_ question: AccessQuestion, at now: WallClock) -> AccessDecision {
    var explanation = Explanation()
    guard let scope = policy.scope(named: question.scope) else {
      // Whoever may ask for nothing is not told which scopes there are.
      explanation.add("scopes", .failed, "there is no scope \(question.scope)")
      return denied(
        .unknownScope, "there is no scope \(question.scope) for you", "`issuerctl scopes` lists those you may ask for",
        explanation)
    }
    var closed: String?
    for rule in policy.access where rule.scopes.contains(scope.name) {
      guard rule.who.contains(question.identity, groups: question.groups) else {
        explanation.add("access/\(rule.name)", .skipped, "it is for \(rule.who.description)")
        continue
      }
      let windows = rule.windows.map { $0.secondsLeft(at: now) }
      if !windows.isEmpty, windows.allSatisfy({ $0 == nil }) {
        let hours = rule.windows.map(\.description).joined(separator: " or ")
        explanation.add("access/\(rule.name)", .skipped, "it holds only \(hours)")
        closed = hours
        continue
      }
      return decide(question, scope, rule, windowSecondsLeft: windows.compactMap(\.self).max(), explanation)
    }
    if let closed {
      return denied(.outsideHours, "the scope \(scope.name) is open only \(closed)", "ask again then", explanation)
    }
    return denied(
      .notOffered, "no rule lets \(question.identity) ask for the scope \(scope.name)",
      "`issuerctl scopes` lists those you may ask for; a rule under `access:` in the policy would offer it", explanation)
  }

  private func decide(
    _ question: AccessQuestion, _ scope: Scope, _ rule: AccessRule, windowSecondsLeft: Int?, _ before: Explanation
  ) -> AccessDecision {
    var explanation = before
    let name = "access/\(rule.name)"
    let delivery = question.delivery ?? scope.delivery.first ?? .proxy
    guard scope.delivery.contains(delivery) else {
      explanation.add(name, .failed, "the scope is not delivered by \(delivery.rawValue)")
      return denied(
        .delivery, "the scope \(scope.name) is not delivered by \(delivery.rawValue)",
        "ask for delivery by \(scope.delivery.map(\.rawValue).joined(separator: " or "))", explanation)
    }
    if let problem = problem(with: question.reason, rule.reason, "reason", "--reason")
      ?? problem(with: question.ticket ?? "", rule.ticket, "ticket", "--ticket")
    {
      explanation.add(name, .failed, problem.message)
      return denied(.textMissing, problem.message, problem.next, explanation)
    }
    var longest = rule.lifetimeSecondsMax
    if question.breakGlass {
      guard let glass = rule.breakGlass else {
        explanation.add(name, .failed, "it offers no break-glass")
        return denied(.noBreakGlass, "the rule \(rule.name) offers no break-glass", "ask without --break-glass", explanation)
      }
      guard question.overdueReviews == 0 else {
        explanation.add(name, .failed, "a review of earlier break-glass access is overdue")
        return denied(
          .reviewOverdue, "\(question.overdueReviews) break-glass access of yours was not reviewed in time",
          "have it reviewed by \(glass.review.description) first", explanation)
      }
      guard !question.reason.isEmpty else {
        explanation.add(name, .failed, "break-glass without a reason")
        return denied(.textMissing, "break-glass needs a reason", "say why with --reason", explanation)
      }
      longest = min(longest, glass.lifetimeSecondsMax)
    }
    let asked = question.lifetimeSeconds ?? min(rule.lifetimeSecondsDefault, longest)
    guard asked > 0, asked <= longest else {
      explanation.add(name, .failed, "lifetime \(asked) s, but at most \(longest) s")
      return denied(
        .lifetimeTooLong, "a lifetime of \(DurationText.text(asked)) is not between 1s and \(DurationText.text(longest))",
        "ask for \(DurationText.text(longest)) or less; a lease can be renewed up to \(DurationText.text(rule.ceilingSeconds))",
        explanation)
    }
    let ceiling = question.breakGlass ? longest : rule.ceilingSeconds
    let cut = windowSecondsLeft ?? Int.max
    if cut < asked { explanation.add(name, .passed, "cut to \(DurationText.text(cut)), when its hours end") }
    let approvals = question.breakGlass ? [] : rule.approvals
    explanation.add(
      name, .decided,
      approvals.isEmpty ? (question.breakGlass ? "granted now, to be reviewed" : "granted now") : "granted when approved")
    return .granted(
      AccessGrant(
        rule: rule.name, scope: scope.name, lifetimeSeconds: min(asked, cut), ceilingSeconds: min(max(ceiling, asked), cut),
        delivery: delivery,
        approvals: approvals, decideWithinSeconds: rule.decideWithinSeconds, review: question.breakGlass ? rule.breakGlass : nil,
        explanation: explanation))
  }

  private func problem(with text: String, _ rule: TextRule, _ kind: String, _ option: String) -> (message: String, next: String)?
  {
    if text.isEmpty { return rule.isRequired ? ("a \(kind) is required", "give it with \(option)") : nil }
    if let pattern = rule.pattern, !pattern.matches(text) {
      return (
        "the \(kind) does not have the form \(pattern.text)",
        "`*` is anything, `?` one character, `#` one digit: give it with \(option)"
      )
    }
    return nil
  }

  private func denied(_ code: AccessDenial.Code, _ reason: String, _ next: String, _ explanation: Explanation) -> AccessDecision {
    .denied(AccessDenial(code: code, reason: reason, next: next, explanation: explanation))
  }

  /// What the proxy enforces in a session under a scope: the scope's guardrails and then those that always hold.
  ///
  /// - Parameter maskedTables: as the scope was compiled; none for `unmasked` scopes.
  public func sessionPolicy(_ scope: Scope, maskedTables: [MaskedTable]) -> SessionPolicy {
    SessionPolicy(
      scope: scope.name, guardrails: scope.guardrails + Guardrail.always + [.twoPhase], limits: scope.limits,
      maskedTables: scope.unmasked ? [] : maskedTables, recordsParameters: scope.recordsParameters,
      detectors: scope.detectors, enforcement: scope.enforcement == .strict ? nil : scope.enforcement)
  }
}
