import SQLAnalysis

/// What policy says of one query text.
public enum Verdict: Sendable, Equatable {
  case approved(ApprovedStatement)
  /// Approved, and an alarm goes on the record with it.
  case alarm(ApprovedStatement, [Alarm])
  /// Nothing of the text may be forwarded.
  case refused(Refusal)
}

/// A query text that policy lets pass. Only `DecisionEngine.verdict` makes it: whoever forwards a statement has to hold one.
public struct ApprovedStatement: Sendable, Equatable {
  public let analysis: StatementAnalysis

  fileprivate init(_ analysis: StatementAnalysis) { self.analysis = analysis }
}

/// A guardrail of action `alarm` that matched.
public struct Alarm: Sendable, Equatable {
  public var rule: String
  public var reason: String
  /// The statement of the text, from 0.
  public var statement: Int
  public var classes: Set<StatementClass>
}

/// For an ErrorResponse: `message` and DETAIL from `reason`, HINT from `next`.
public struct Refusal: Sendable, Equatable {
  public var rule: String
  /// `42501`, insufficient_privilege (PostgreSQL manual, appendix A).
  public var sqlState: String
  public var reason: String
  public var next: String
  /// The statement of the text, from 0.
  public var statement: Int
  /// What in it the rule refuses.
  public var classes: Set<StatementClass>
}

extension DecisionEngine {
  /// Judges a query text by a session's guardrails.
  ///
  /// For each class of each statement the first rule that speaks of it decides, so an `allow` for one class never covers another that
  /// the same statement bears; the strictest outcome holds for the whole text. Those of `Guardrail.always` come before all.
  public static func verdict(_ session: SessionPolicy, _ analysis: StatementAnalysis) -> Verdict {
    var alarms: [Alarm] = []
    for (index, facts) in analysis.statements.enumerated() {
      for outcome in outcomes(session.guardrails, facts) {
        switch outcome.rule.action {
        case .allow: continue
        case .alarm:
          alarms.append(Alarm(rule: outcome.rule.rule, reason: outcome.rule.reason, statement: index, classes: outcome.classes))
        case .refuse:
          return .refused(
            Refusal(
              rule: outcome.rule.rule, sqlState: "42501", reason: outcome.rule.reason, next: outcome.rule.next, statement: index,
              classes: outcome.classes))
        }
      }
    }
    let approved = ApprovedStatement(analysis)
    return alarms.isEmpty ? .approved(approved) : .alarm(approved, alarms)
  }

  /// The rules that decide about one statement, each with the classes that it decides, in the order of the rules.
  static func outcomes(_ rules: [Guardrail], _ facts: StatementFacts) -> [(rule: Guardrail, classes: Set<StatementClass>)] {
    var open = facts.classes
    let specific = open.subtracting(StatementClass.umbrellas)
    var allowed: Set<StatementClass> = []
    var result: [(Guardrail, Set<StatementClass>)] = []
    // On the way of each text that is new: a rule that speaks of none of the (mostly one) classes costs a look, and no copy.
    for list in [Guardrail.always, rules, [.twoPhase]] {
      for index in list.indices where open.contains(where: { list[index].classes.contains($0) }) {
        let rule = list[index]
        guard rule.speaksOf(facts) else { continue }
        let matched = open.intersection(rule.classes)
        open.subtract(matched)
        result.append((rule, matched))
        guard rule.action == .allow else { continue }
        allowed.formUnion(matched)
        // `ddl` and `create` say nothing more of a `create_temp` that is allowed: an exception can be made for it alone.
        if !specific.isEmpty, specific.isSubset(of: allowed) { open.subtract(StatementClass.umbrellas) }
      }
    }
    return result
  }
}

extension StatementClass {
  /// Borne besides a class of their own, which says more.
  static let umbrellas: Set<StatementClass> = [.ddl, .create, .alter, .drop]
}

extension Guardrail {
  /// Whether a rule with `tables` speaks of a statement. A refusal does when one of the relations may be meant, so an unqualified
  /// name matches whatever schema it could be in; an `allow` only when all of them surely are.
  func speaksOf(_ facts: StatementFacts) -> Bool {
    if tables.isEmpty { return true }
    let patterns = tables.compactMap(QualifiedName.split).filter { $0.count == 2 }
      .map { (schema: NamePattern($0[0]), name: NamePattern($0[1])) }
    if action == .allow {
      return !facts.relations.isEmpty
        && facts.relations.allSatisfy { relation in
          patterns.contains { pattern in
            let inSchema = relation.schema.map(pattern.schema.matches) ?? (pattern.schema.text == "*")
            return inSchema && pattern.name.matches(relation.name)
          }
        }
    }
    return facts.relations.contains { relation in
      patterns.contains { pattern in
        (relation.schema.map(pattern.schema.matches) ?? true) && pattern.name.matches(relation.name)
      }
    }
  }
}
