import Policy
import SQLAnalysis

/// A decision, for people and scripts.
struct ExplainedDecision: Encodable {
  var granted: Bool
  var rule: String?
  var lifetimeSeconds: Int?
  var ceilingSeconds: Int?
  var delivery: String?
  var approvals: String?
  var review: String?
  var reason: String?
  var next: String?
  var steps: [Explanation.Step]

  init(_ decision: AccessDecision) {
    switch decision {
    case .denied(let denial):
      granted = false
      (reason, next, steps) = (denial.reason, denial.next, denial.explanation.steps)
    case .granted(let grant):
      granted = true
      rule = grant.rule
      lifetimeSeconds = grant.lifetimeSeconds
      ceilingSeconds = grant.ceilingSeconds
      delivery = grant.delivery.rawValue
      approvals = grant.approvals.isEmpty ? nil : grant.approvers
      review = grant.review.map { "by \($0.review.description) within \(DurationText.text($0.reviewWithinSeconds))" }
      steps = grant.explanation.steps
    }
  }

  func write() {
    let terminal = Terminal.standardOutput
    terminal.write(
      granted ? terminal.styled(approvals == nil ? "granted" : "granted once approved", .green) : terminal.styled("denied", .red))
    var facts = Facts()
    facts.add("Rule", rule)
    facts.add("For", lifetimeSeconds.map { DurationText.text($0) })
    facts.add("Renewable up to", ceilingSeconds.map { DurationText.text($0) })
    facts.add("Delivery", delivery)
    facts.add("Approvals", approvals)
    facts.add("Review", review)
    facts.add("Why", reason)
    facts.add("Next", next)
    for step in steps { facts.add("  \(step.rule)", "\(step.outcome.rawValue): \(step.why)") }
    facts.write()
  }
}

/// What the guardrails and masks make of a SQL text.
struct ExplainedText: Encodable {
  struct Statement: Encodable {
    var text: String
    var tag: String
    var classes: [String]
    var relations: [String]
    /// Lines of `masks:` that may speak of columns of the relations: which columns there are, only the database knows.
    var masks: [String]
  }

  var verdict: String
  var rule: String?
  var reason: String?
  var next: String?
  var statements: [Statement]
  /// What the proxy would forward, if the relations have columns of the masks that name them; nil when it would be the text itself.
  /// Shadow schemas are shown by the name of theirs, instead of its hash.
  var translation: String?
  var hints: [String] = []

  init(_ engine: DecisionEngine, _ scope: Scope, _ parsed: ParsedText, searchPath: [String]) {
    let analysis = parsed.analysis
    switch DecisionEngine.verdict(engine.sessionPolicy(scope, maskedTables: []), analysis) {
    case .approved: verdict = "approved"
    case .alarm(_, let alarms):
      verdict = "approved with an alarm"
      rule = alarms.map(\.rule).joined(separator: ", ")
      reason = alarms.map(\.reason).filter { !$0.isEmpty }.joined(separator: "; ")
    case .refused(let refusal):
      verdict = "refused"
      (rule, reason, next) = (refusal.rule, refusal.reason, refusal.next)
    }
    let labels = scope.unmasked ? [] : engine.policy.database(named: scope.database)?.masks ?? []
    statements = analysis.statements.map { facts in
      Statement(
        text: String(decoding: parsed.text[facts.range.clamped(to: parsed.text.indices)], as: UTF8.self), tag: facts.tag,
        classes: facts.classes.sorted().map(\.rawValue),
        relations: facts.relations.map { ($0.schema.map { $0 + "." } ?? "") + $0.name },
        masks: labels.filter { label in facts.relations.contains { Self.speaks(label, of: $0) } }.map(\.rule))
    }
    translate(parsed, labels.filter { $0.typePattern == nil }, searchPath)
  }

  private static func speaks(_ label: MaskLabel, of relation: RelationReference) -> Bool {
    (relation.schema.map(label.schema.matches) ?? true) && label.table.matches(relation.name)
  }

  private mutating func translate(_ parsed: ParsedText, _ labels: [MaskLabel], _ searchPath: [String]) {
    let relations = parsed.analysis.statements.flatMap(\.relations).filter { relation in
      labels.contains { Self.speaks($0, of: relation) }
    }
    let tables = relations.map { relation in
      let schema = relation.schema ?? searchPath.first ?? "public"
      return ShadowMap.Table(schema: schema, table: relation.name, shadowSchema: "iss_m_" + schema, columns: [])
    }
    let translated = parsed.translated(by: ShadowMap(tables), path: SearchPath(schemas: searchPath))
    if !translated.isUnchanged { translation = String(decoding: translated.text, as: UTF8.self) }
    hints = (translated.refusals + translated.hints).map { "\($0.message); \($0.next)" }
  }

  func write() {
    let terminal = Terminal.standardOutput
    terminal.write(terminal.styled(verdict, verdict == "refused" ? .red : verdict == "approved" ? .green : .yellow))
    var facts = Facts()
    facts.add("Rule", rule)
    facts.add("Why", reason)
    facts.add("Next", next)
    for statement in statements {
      facts.add("Statement", statement.text)
      facts.add("  is", "\(statement.tag): \(statement.classes.joined(separator: ", "))")
      facts.add("  names", statement.relations.joined(separator: ", "))
      facts.add("  masks", statement.masks.joined(separator: "; "))
    }
    facts.add("Forwarded", verdict == "refused" ? nil : translation)
    for hint in hints { facts.add("Hint", hint) }
    facts.write()
  }
}
