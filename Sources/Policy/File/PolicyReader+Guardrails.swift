import SQLAnalysis
import Yams

extension PolicyReader {
  /// `guardrails:`: rules that scopes name. The names of presets are taken.
  func guardrails(_ root: Section) -> [Guardrail] {
    var result: [Guardrail] = []
    for node in root.list("guardrails") {
      guard let entry = Section(node, "a rule under `guardrails`", problems) else { continue }
      let name = entry.required("name", next: "give the rule a name: scopes and refusals show it").flatMap {
        entry.string($0, "name")
      }
      if let name {
        checkName(name, entry.mark(of: "name"), "a guardrail")
        if GuardrailPreset(rawValue: name) != nil || result.contains(where: { $0.rule == name }) {
          problems.add(entry.mark(of: "name"), "the guardrail \(name) exists already", next: "choose another name")
        }
      }
      let classes = entry.words("classes", StatementClass.self) ?? []
      if classes.isEmpty, entry.take("classes") == nil {
        problems.add(entry.mark, "the guardrail has no `classes`", next: "name the statement classes that it speaks of")
      }
      let tables = entry.strings("tables") ?? []
      for table in tables where QualifiedName.split(table.text)?.count != 2 {
        problems.add(table.mark, "`\(table.text)` names no table", next: "write schema.table; `*` is any run")
      }
      let action = entry.word("action", Guardrail.Action.self)
      if action == nil, entry.take("action") == nil {
        problems.add(entry.mark, "the guardrail has no `action`", next: "write `action: refuse`, `alarm` or `allow`")
      }
      let reason = entry.string("reason")
      let next = entry.string("next")
      entry.finish()
      if action == .refuse, reason == nil || next == nil {
        problems.add(
          entry.mark, "a guardrail that refuses says why and what to do instead", next: "add `reason:` and `next:`")
      }
      if action != .refuse { checkNotAlways(classes, entry.mark(of: "classes")) }
      result.append(
        Guardrail(
          rule: name ?? "", classes: Set(classes), tables: tables.map(\.text), action: action ?? .refuse, reason: reason ?? "",
          next: next ?? ""))
    }
    return result
  }

  /// A rule that would allow what is always refused could not be kept.
  private func checkNotAlways(_ classes: [StatementClass], _ mark: Mark?) {
    for rule in Guardrail.always where classes.contains(where: { rule.classes.contains($0) }) {
      let name = rule.classes.map(\.rawValue).joined()
      problems.add(
        mark, "the class \(name) is refused in every proxied session: \(rule.reason)", next: "remove `\(name)` from the rule")
    }
  }

  /// The rules that a scope names, in its order.
  func guardrails(of scope: Section, _ defined: [Guardrail]) -> [Guardrail] {
    (scope.strings("guardrails") ?? []).flatMap { name, mark -> [Guardrail] in
      if let preset = GuardrailPreset(rawValue: name) { return preset.rules }
      if let rule = defined.first(where: { $0.rule == name }) { return [rule] }
      let all = GuardrailPreset.allCases.map(\.rawValue) + defined.map(\.rule)
      problems.add(
        mark, "\(scope.title) names the guardrail `\(name)`, which does not exist",
        next: nearest(name, in: all).map { "did you mean `\($0)`?" } ?? "choose from \(all.joined(separator: ", "))")
      return []
    }
  }

  /// `limits:`, of the file or of a scope; a scope's limits stand over the file's one by one.
  func limits(_ section: Section, over base: SessionLimits = SessionLimits()) -> SessionLimits? {
    guard let node = section.take("limits"), let entry = Section(node, "`limits` of \(section.title)", problems) else {
      return nil
    }
    let result = SessionLimits(
      rowsMax: entry.integer("rowsMax", in: 1...Int.max) ?? base.rowsMax,
      bytesMax: entry.bytes("bytesMax") ?? base.bytesMax,
      statementsPerMinuteMax: entry.integer("statementsPerMinuteMax", in: 1...1_000_000) ?? base.statementsPerMinuteMax,
      idleSecondsMax: entry.duration("idleMax") ?? base.idleSecondsMax,
      statementSecondsMax: entry.duration("statementTimeMax") ?? base.statementSecondsMax,
      statementBytesMax: entry.bytes("statementBytesMax") ?? base.statementBytesMax,
      lookupsPerMinuteMax: entry.integer("lookupsPerMinuteMax", in: 1...10_000) ?? base.lookupsPerMinuteMax)
    if result.statementBytesMax > 64 << 20 {
      problems.add(entry.mark(of: "statementBytesMax"), "statements above 64MiB cannot be judged", next: "write 64MiB or less")
    }
    entry.finish()
    return result
  }

  /// `audit:`. Statement text is always recorded; parameters are, unless the file says not.
  func audit(_ root: Section) -> Bool {
    guard let node = root.take("audit"), let entry = Section(node, "`audit`", problems) else { return true }
    let records = entry.bool("recordParameters") ?? true
    entry.finish()
    return records
  }
}
