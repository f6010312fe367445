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
  /// `strict` or `best-effort`.
  var enforcement: String
  var steps: [Explanation.Step]

  init(_ decision: AccessDecision, enforcement: Scope.Enforcement) {
    self.enforcement = enforcement.rawValue
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
    facts.add("Masks", EnforcementText.words(enforcement))
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
    /// Columns that a line names or the text does, with the line that masks each.
    var maskedColumns: [String] = []
    /// Comparisons that become look-ups of keys.
    var lookups: [String] = []
    /// What would be written into masked columns.
    var writes: [String] = []
  }

  /// `strict` or `best-effort`.
  var enforcement: String
  var verdict: String
  var rule: String?
  var reason: String?
  var next: String?
  var statements: [Statement]
  /// What the proxy would forward; nil when it would be the text itself. Unless issuerd said what the database has: if the relations have
  /// columns of the masks that name them, and with shadow schemas by the name of theirs, instead of its hash.
  var translation: String?
  var hints: [String] = []

  /// - Parameter live: the masked tables of the scope as issuerd has them; nil to go by the policy alone.
  init(_ engine: DecisionEngine, _ scope: Scope, _ parsed: ParsedText, searchPath: [String], live: [MaskedTable]? = nil) {
    let analysis = parsed.analysis
    enforcement = scope.enforcement.rawValue
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
    if let live {
      translate(parsed, live, searchPath)
    } else {
      translate(parsed, labels.filter { $0.typePattern == nil }, searchPath)
    }
  }

  /// Look-ups as the proxy would make them, with words where only the database and the session know more.
  private struct Lookups: LookupSource {
    let tables: [ShadowMap.Table]
    /// By table and column; nil without issuerd.
    var known: [[String: ColumnLookup]]?
    var parameters: Int
    var found: [EqualityLookup] = []

    mutating func call(for lookup: EqualityLookup) -> LookupCall? {
      guard lookup.isText, tables[lookup.table].columns.contains(where: { $0.name == lookup.column && $0.isLookedUp }) else {
        return nil
      }
      found.append(lookup)
      var code = LookupCall.Code.constant("<code>")
      if case .parameter = lookup.value {
        parameters += 1
        code = .parameter(parameters)
      }
      let how = known?[lookup.table][lookup.column]
      return LookupCall(
        schema: tables[lookup.table].shadowSchema, function: how?.function ?? "iss_lookup_" + lookup.column,
        key: how?.key ?? ["<key>"], type: how?.type, code: code)
    }

    func hiddenArguments(of call: ExecuteCall) -> [String]? { nil }
  }

  private static func speaks(_ label: MaskLabel, of relation: RelationReference) -> Bool {
    (relation.schema.map(label.schema.matches) ?? true) && label.table.matches(relation.name)
  }

  private mutating func translate(_ parsed: ParsedText, _ labels: [MaskLabel], _ searchPath: [String]) {
    let relations = parsed.analysis.statements.flatMap(\.relations).filter { relation in
      labels.contains { Self.speaks($0, of: relation) }
    }
    var tables: [ShadowMap.Table] = []
    var rules: [String: String] = [:]
    for relation in relations {
      let schema = relation.schema ?? searchPath.first ?? "public"
      guard !tables.contains(where: { ($0.schema, $0.table) == (schema, relation.name) }) else { continue }
      let named = Set(labels.filter(\.column.isExact).filter { Self.speaks($0, of: relation) }.map(\.column.text))
      let columns = named.union(parsed.columnNames).sorted().compactMap { name -> ShadowMap.Column? in
        guard let label = Self.label(of: name, relation, labels), let kind = label.kind else { return nil }
        rules["\(schema).\(relation.name).\(name)"] = "\(kind.rawValue), by \(label.rule)"
        return ShadowMap.Column(name: name, type: "text", isMasked: true, isLookedUp: label.lookup != nil)
      }
      tables.append(
        ShadowMap.Table(schema: schema, table: relation.name, shadowSchema: "iss_m_" + schema, columns: columns))
    }
    translate(parsed, Lookups(tables: tables, parameters: parsed.parameterMax), rules, searchPath)
  }

  private mutating func translate(_ parsed: ParsedText, _ live: [MaskedTable], _ searchPath: [String]) {
    var rules: [String: String] = [:]
    for table in live {
      for column in table.columns {
        guard let mask = column.mask else { continue }
        rules["\(table.schema).\(table.table).\(column.name)"] = mask.rawValue + (column.rule.map { ", by \($0)" } ?? "")
      }
    }
    let known = live.map { table in
      table.columns.reduce(into: [String: ColumnLookup]()) { known, column in known[column.name] = column.lookup }
    }
    let tables = live.map { ShadowMap.Table($0) }
    translate(parsed, Lookups(tables: tables, known: known, parameters: parsed.parameterMax), rules, searchPath)
  }

  private mutating func translate(_ parsed: ParsedText, _ source: Lookups, _ rules: [String: String], _ searchPath: [String]) {
    var (lookups, rules) = (source, rules)
    let tables = source.tables
    if enforcement != Scope.Enforcement.strict.rawValue {
      // Forwarded as it is; the proxy masks what comes back.
      if let lost = parsed.lostOrigins(ShadowMap(tables)).first, verdict != "refused" {
        (verdict, rule) = ("refused", "best-effort/\(lost.form.rawValue)")
        (reason, next) = (lost.message, lost.next)
      }
      return describe(parsed, tables, rules, [], [])
    }
    let translated = parsed.translated(by: ShadowMap(tables), path: SearchPath(schemas: searchPath), lookups: &lookups)
    if !translated.isUnchanged { translation = String(decoding: translated.text, as: UTF8.self) }
    if let refusal = translated.refusals.first, verdict != "refused" {
      (verdict, rule) = ("refused", "masking/\(refusal.reason.rawValue)")
      (reason, next) = (refusal.message, refusal.next)
    }
    hints = translated.hints.map { "if the server refuses it: \($0.message); \($0.next)" }
    if lookups.known != nil {
      // What is read and written, of all that the database has.
      let named = Set(
        translated.maskedColumns.map { "\(tables[$0.table].schema).\(tables[$0.table].table).\($0.column)" }
          + translated.assignments.map { "\(tables[$0.table].schema).\(tables[$0.table].table).\($0.column)" })
      rules = rules.filter { named.contains($0.key) }
    }
    describe(parsed, tables, rules, lookups.found, translated.assignments)
  }

  /// A column named exactly goes before patterns; among patterns the first decides.
  private static func label(of column: String, _ relation: RelationReference, _ labels: [MaskLabel]) -> MaskLabel? {
    let speaking = labels.filter { speaks($0, of: relation) && $0.column.matches(column) }
    return speaking.first { $0.schema.isExact && $0.table.isExact && $0.column.isExact } ?? speaking.first
  }

  private mutating func describe(
    _ parsed: ParsedText, _ tables: [ShadowMap.Table], _ rules: [String: String], _ lookups: [EqualityLookup],
    _ assignments: [MaskedAssignment]
  ) {
    func name(_ table: Int, _ column: String) -> String { "\(tables[table].schema).\(tables[table].table).\(column)" }
    for (index, facts) in parsed.analysis.statements.enumerated() {
      statements[index].maskedColumns = rules.keys.sorted().filter { key in
        facts.relations.contains { relation in
          tables.contains { table in
            table.table == relation.name && (relation.schema ?? table.schema) == table.schema
              && key.hasPrefix("\(table.schema).\(table.table).")
          }
        }
      }.map { "\($0): \(rules[$0] ?? "")" }
      statements[index].lookups = lookups.filter { facts.range.contains($0.range.lowerBound) }.map {
        "\(name($0.table, $0.column)): \(String(decoding: parsed.text[$0.range], as: UTF8.self)) asks for keys, counted and on record"
      }
      statements[index].writes = assignments.filter { facts.range.contains($0.offset) }.map { assignment in
        switch assignment.value {
        case .constant(let text):
          "\(name(assignment.table, assignment.column)) from '\(text)', refused if it is what the mask shows"
        case .parameter(let number):
          "\(name(assignment.table, assignment.column)) from $\(number), refused if it is what the mask shows"
        case .masked(let column): "\(name(assignment.table, assignment.column)) from the masked \(column): refused"
        }
      }
    }
  }

  func write() {
    let terminal = Terminal.standardOutput
    terminal.write(terminal.styled(verdict, verdict == "refused" ? .red : verdict == "approved" ? .green : .yellow))
    var facts = Facts()
    facts.add("Masks", EnforcementText.words(enforcement).map { "\($0): on the wire alone" })
    facts.add("Rule", rule)
    facts.add("Why", reason)
    facts.add("Next", next)
    for statement in statements {
      facts.add("Statement", statement.text)
      facts.add("  is", "\(statement.tag): \(statement.classes.joined(separator: ", "))")
      facts.add("  names", statement.relations.joined(separator: ", "))
      facts.add("  masks", statement.masks.joined(separator: "; "))
      for column in statement.maskedColumns { facts.add("  masked", column) }
      for lookup in statement.lookups { facts.add("  look-up", lookup) }
      for write in statement.writes { facts.add("  writes", write) }
    }
    facts.add("Forwarded", verdict == "refused" ? nil : translation)
    for hint in hints { facts.add("Hint", hint) }
    facts.write()
  }
}
