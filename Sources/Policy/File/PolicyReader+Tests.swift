import Yams

extension PolicyReader {
  /// `tests:`: what the policy is meant to answer, kept beside it and run by `issuerctl policy test`.
  func expectations(_ root: Section, _ policy: Policy) -> [PolicyExpectation] {
    root.list("tests").compactMap { node in
      guard let entry = Section(node, "a test", problems) else { return nil }
      let name = entry.required("name", next: "say in a sentence what must hold").flatMap { entry.string($0, "name") }
      let kinds = ["ask", "approve", "sql", "mask"].compactMap { key in entry.take(key).map { (key, $0) } }
      defer { entry.finish() }
      guard kinds.count == 1, let (key, node) = kinds.first else {
        problems.add(entry.mark, "a test asks one thing", next: "write one of `ask`, `approve`, `sql` and `mask`")
        return nil
      }
      let subject: PolicyExpectation.Subject? =
        switch key {
        case "ask": ask(node, entry)
        case "approve": approve(node, entry)
        case "mask": mask(node, entry)
        default: sql(node, entry, policy)
        }
      guard let name, let subject else { return nil }
      return PolicyExpectation(name: name, line: node.mark?.line ?? 1, subject: subject)
    }
  }

  private enum AskOutcome: String, CaseIterable { case granted, pending, denied }
  private enum ApproveOutcome: String, CaseIterable { case allowed, refused }
  private enum SQLOutcome: String, CaseIterable { case approved, refused, alarm }

  private func ask(_ node: Node, _ entry: Section) -> PolicyExpectation.Subject? {
    guard let section = Section(node, "`ask`", problems) else { return nil }
    let person = section.required("identity", next: "name one of `identities:`").flatMap { section.string($0, "identity") }
    let scope = section.required("scope", next: "name one of `scopes:`").flatMap { section.string($0, "scope") }
    let seconds = section.duration("for")
    let delivery = section.word("delivery", ScopeDelivery.self)
    let at = section.string("at")
    let when = at.map { Timestamp.seconds($0) }
    if let when, when == nil {
      problems.add(section.mark(of: "at"), "`at` is no time", next: "write it as \"2026-08-03T10:00:00Z\", in quotes")
    }
    let question = AskSubject(
      identity: person ?? "", scope: scope ?? "", lifetimeSeconds: seconds, reason: section.string("reason") ?? "",
      ticket: section.string("ticket"), delivery: delivery, breakGlass: section.bool("breakGlass") ?? false,
      at: (when ?? nil) ?? AskSubject.someMonday)
    section.finish()
    guard person != nil, scope != nil, let expect = expectation(entry, AskOutcome.self) else { return nil }
    return .ask(
      question, expect: .init(rawValue: expect.rawValue) ?? .denied, lifetimeSeconds: entry.duration("lifetime"),
      approvals: entry.integer("approvals", in: 0...100))
  }

  private func approve(_ node: Node, _ entry: Section) -> PolicyExpectation.Subject? {
    guard let section = Section(node, "`approve`", problems) else { return nil }
    let keys = ["approver", "requester", "scope"]
    let values = keys.compactMap { key in section.required(key, next: "name it").flatMap { section.string($0, key) } }
    section.finish()
    guard values.count == 3, let expect = expectation(entry, ApproveOutcome.self) else { return nil }
    return .approve(approver: values[0], requester: values[1], scope: values[2], allowed: expect == .allowed)
  }

  private func mask(_ node: Node, _ entry: Section) -> PolicyExpectation.Subject? {
    guard let section = Section(node, "`mask`", problems) else { return nil }
    let keys = ["database", "column"]
    let values = keys.compactMap { key in section.required(key, next: "name it").flatMap { section.string($0, key) } }
    let type = section.string("type") ?? "text"
    section.finish()
    guard values.count == 2, let parts = QualifiedName.split(values[1]), parts.count == 3 else {
      problems.add(node.mark, "`mask` asks about one column", next: "write `{database: shop, column: public.users.email}`")
      return nil
    }
    guard let text = entry.required("expect", next: "write the mask, or free").flatMap({ entry.string($0, "expect") }) else {
      return nil
    }
    let kind: MaskKind? = text == "free" ? nil : entry.word(text, entry.mark(of: "expect"), "expect")
    if text != "free", kind == nil { return nil }
    return .mask(database: values[0], schema: parts[0], table: parts[1], column: parts[2], type: type, expect: kind)
  }

  private func sql(_ node: Node, _ entry: Section, _ policy: Policy) -> PolicyExpectation.Subject? {
    let text = entry.string(node, "sql")
    let scope = entry.required("scope", next: "name the scope of the session").flatMap { entry.string($0, "scope") }
    if let scope, policy.scope(named: scope) == nil {
      problems.add(entry.mark(of: "scope"), "the test's scope `\(scope)` does not exist", next: "name one of `scopes:`")
    }
    let rule = entry.string("rule")
    guard let text, let scope, let expect = expectation(entry, SQLOutcome.self) else { return nil }
    return .sql(text, scope: scope, expect: .init(rawValue: expect.rawValue) ?? .refused, rule: rule)
  }

  private func expectation<Word: RawRepresentable & CaseIterable>(_ entry: Section, _: Word.Type) -> Word?
  where Word.RawValue == String {
    if entry.take("expect") == nil {
      problems.add(
        entry.mark, "the test does not say what it expects",
        next: "write `expect:` with one of \(Word.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return entry.word("expect", Word.self)
  }
}
