import Policy
import SQLAnalysis
import Testing

@Suite struct VerdictTests {
  func verdict(_ scope: String, _ statements: StatementFacts...) throws -> Verdict {
    let engine = try Examples.policy()
    let session = engine.sessionPolicy(try #require(engine.policy.scope(named: scope)), maskedTables: [])
    return DecisionEngine.verdict(session, StatementAnalysis(statements: statements))
  }

  func rule(_ verdict: Verdict) -> String? {
    if case .refused(let refusal) = verdict { refusal.rule } else { nil }
  }

  @Test(arguments: [
    StatementClass.setLexical, .copyFile, .copyProgram, .alterSystem, .role, .setRole, .load, .unknown, .twoPhase,
  ])
  func `what is always refused is refused even by a session policy without rules`(_ class: StatementClass) {
    let bare = SessionPolicy(scope: "x", guardrails: [], limits: SessionLimits(), maskedTables: [], recordsParameters: true)
    let allowing = Guardrail(rule: "mine", classes: [`class`], action: .allow, reason: "", next: "")
    for session in [bare] + (`class` == .twoPhase ? [] : [with(bare, [allowing])]) {
      #expect(
        rule(DecisionEngine.verdict(session, StatementAnalysis(statements: [Examples.statement([`class`])])))
          == "always/\(`class`.rawValue)")
    }
  }

  func with(_ session: SessionPolicy, _ rules: [Guardrail]) -> SessionPolicy {
    var session = session
    session.guardrails = rules
    return session
  }

  @Test func `two-phase commit can be allowed`() {
    let allowing = Guardrail(rule: "mine", classes: [.twoPhase], action: .allow, reason: "", next: "")
    let session = SessionPolicy(
      scope: "x", guardrails: [allowing], limits: SessionLimits(), maskedTables: [], recordsParameters: true)
    #expect(rule(DecisionEngine.verdict(session, StatementAnalysis(statements: [Examples.statement([.twoPhase])]))) == nil)
  }

  @Test func `every class that writes is refused to readers`() throws {
    let harmless: Set<StatementClass> = [
      .select, .copyOut, .set, .reset, .show, .discard, .transaction, .prepare, .execute, .deallocate, .cursor, .explain, .listen,
      .empty,
      .createTemp,
    ]
    for one in StatementClass.allCases {
      #expect((rule(try verdict("read", Examples.statement([one]))) == nil) == harmless.contains(one), "\(one)")
    }
  }

  @Test func `an allowed class covers no other that the statement bears`() throws {
    #expect(rule(try verdict("read", Examples.statement([.createTemp, .ddl, .create]))) == nil)
    #expect(
      rule(try verdict("read", Examples.statement([.createTemp, .ddl, .create, .createFunction]))) == "read-only/definitions")
    #expect(rule(try verdict("read", Examples.statement([.createTemp, .ddl, .create, .delete]))) == "read-only/data")
    #expect(rule(try verdict("read", Examples.statement([.select, .delete]))) == "read-only/data")
  }

  @Test func `one refused statement refuses the whole text`() throws {
    let result = try verdict("read", Examples.statement([.select]), Examples.statement([.ddl, .drop, .dropTable]))
    guard case .refused(let refusal) = result else { throw Unexpected() }
    #expect(refusal.statement == 1)
    #expect(refusal.sqlState == "42501")
    #expect(!refusal.reason.isEmpty && !refusal.next.isEmpty)
  }

  @Test func `an alarm lets the statement pass and says so`() throws {
    guard case .alarm(let approved, let alarms) = try verdict("read", Examples.statement([.select], on: [(nil, "cards")])) else {
      throw Unexpected()
    }
    #expect(approved.analysis.statements.count == 1)
    #expect(alarms.map(\.rule) == ["watch-cards"])
    guard case .approved = try verdict("read", Examples.statement([.select], on: [("public", "users")])) else {
      throw Unexpected()
    }
  }

  @Test func `a refusal by table takes an unqualified name for any schema, an allowance for none`() {
    let refusing = Guardrail(rule: "no", classes: [.delete], tables: ["public.users"], action: .refuse, reason: "", next: "")
    let allowing = Guardrail(rule: "yes", classes: [.delete], tables: ["staging.*"], action: .allow, reason: "", next: "")
    let rest = Guardrail(rule: "rest", classes: [.delete], action: .refuse, reason: "", next: "")
    let session = SessionPolicy(
      scope: "x", guardrails: [refusing, allowing, rest], limits: SessionLimits(), maskedTables: [], recordsParameters: true)
    func judge(_ relations: [(String?, String)]) -> String? {
      rule(DecisionEngine.verdict(session, StatementAnalysis(statements: [Examples.statement([.delete], on: relations)])))
    }
    #expect(judge([("public", "users")]) == "no")
    #expect(judge([(nil, "users")]) == "no")
    #expect(judge([("staging", "t")]) == nil)
    #expect(judge([(nil, "t")]) == "rest")
    #expect(judge([("staging", "t"), ("public", "t")]) == "rest")
    #expect(judge([]) == "rest")
  }

  @Test func `migrations may change tables, not what is beyond them`() {
    let session = SessionPolicy(
      scope: "x", guardrails: GuardrailPreset.migrations.rules, limits: SessionLimits(), maskedTables: [], recordsParameters: true
    )
    func judge(_ classes: Set<StatementClass>) -> Verdict {
      DecisionEngine.verdict(session, StatementAnalysis(statements: [Examples.statement(classes)]))
    }
    #expect(rule(judge([.ddl, .alter])) == nil)
    #expect(rule(judge([.ddl, .drop, .dropDatabase])) == "migrations/beyond")
    guard case .alarm = judge([.ddl, .drop, .dropTable]) else { return #expect(Bool(false)) }
  }

  @Test func `an empty text passes`() throws { #expect(rule(try verdict("read")) == nil) }
}
