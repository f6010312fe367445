import Foundation
import Policy
import Testing

@Suite struct PolicyFileTests {
  @Test func `the example loads without a warning`() throws {
    let file = try PolicyFile.parse(Examples.head + "\n" + Examples.body)
    #expect(file.warnings.isEmpty)
    #expect(file.policy.scopes.map(\.name) == ["read", "write", "migrate"])
    #expect(file.policy.scope(named: "read")?.limits.bytesMax == 10_000_000)
    #expect(file.policy.scope(named: "migrate")?.delivery == [.proxy, .direct])
    #expect(file.policy.identity(unixUser: "d.orsini")?.name == "dora")
    #expect(file.policy.identity(unixUser: "dora") == nil)
    #expect(file.policy.identity(unixUser: "ci") == nil)
  }

  @Test func `the starter policy loads and its own tests pass but for the parser's`() throws {
    let text = try #require(StarterPolicy.text(cluster: "main", database: "shop", unixUser: "eve"))
    let file = try PolicyFile.parse(text)
    #expect(file.expectations.count == 4)
    let outcomes = DecisionEngine(policy: file.policy).run(file.expectations) { _ in
      .init(statements: [Examples.statement([.ddl, .drop, .dropTable])])
    }
    #expect(outcomes.filter { !$0.passed } == [])
  }

  @Test func `a starter is not made of names that would not load`() {
    #expect(StarterPolicy.text(cluster: "a b", database: "shop", unixUser: "eve") == nil)
    #expect(StarterPolicy.text(cluster: "main", database: "sh\"o{}p: \\", unixUser: "eve") != nil)
  }

  @Test func `all errors are told at once, each at its place`() {
    let text = """
      version: 1
      cluster: main
      identities:
        alice: {login: unix, groups: [support]}
      databases:
        shop:
      scopes:
        read:
          database: shpo
          privileges: [{tables: ["public.*"], grant: [selekt]}]
          unmaskd: true
      access:
        - name: a
          who: {groups: [suport]}
          scopes: [read]
          lifetime: {max: 30}
      """
    let errors = Examples.errors(text)
    #expect(errors.count == 5, "\(errors)")
    #expect(errors.contains { $0.hasPrefix("9:") && $0.contains("`shpo`") })
    #expect(errors.contains { $0.hasPrefix("10:") && $0.contains("`selekt`") })
    #expect(errors.contains { $0.hasPrefix("11:5 ") && $0.contains("`unmaskd`") })
    #expect(errors.contains { $0.contains("`suport`") })
    #expect(errors.contains { $0.hasPrefix("16:") && $0.contains("duration") })
  }

  @Test func `a misspelt name comes with the right one`() throws {
    let error = #expect(throws: PolicyErrors.self) {
      _ = try PolicyFile.parse(
        Examples.head + "\n" + Examples.body.replacing("guardrails: [safe-writes]", with: "guardrails: [safe-writs]"))
    }
    #expect(error?.errors.first?.next == "did you mean `safe-writes`?")
  }

  @Test(arguments: [
    ("    privileges: [{schemas", "    roles: [pg_read_all_data]\n    privileges: [{schemas", "go round its masks"),
    ("owner: shop_owner", "owner: pg_read_all_data", "no role of an application"),
    ("unmasked: true", "unmasked: true\n    enforcement: best-effort", "nothing to be less strict about"),
    ("public.users.help_email: free", "public.users.*: free", "named exactly"),
    ("guardrails: [safe-writes]", "guardrails: [safe-writes]\n    delivery: [direct]", "kept by the proxy"),
    ("classes: [create_temp]", "classes: [create_temp, set_role]", "refused in every proxied session"),
    ("grant: [usage, create]", "grant: [select]", "cannot be granted on schemas"),
    ("tables: [\"public.*\"], grant: [select, update]", "tables: [\"pg_catalog.*\"], grant: [select]", "nothing of the schema"),
    ("timeZone: Europe/Vienna", "timeZone: Europe/Wien", "is no time zone"),
    ("max: 1h}\n    reason", "max: 1h, default: 2h}\n    reason", "longer than `max`"),
    ("from: \"08:00\"", "from: \"8\"", "no time of day"),
    ("lifetimeMax: 20m", "lifetimeMax: 2h", "longer than asking"),
    ("- {count: 1, from: {groups: [security]}}", "- {count: 3, from: {groups: [security]}}", "never be approved"),
    ("connectionsMax: 3", "connectionsMax: 3\n    settings: {search_path: public}", "masks of direct leases"),
    ("version: 1", "version: 2", "version: 1"),
    ("carol: {login: unix", "carol: {login: unix, unixUser: bob", "would be both"),
  ])
  func `what could not be enforced does not load`(_ find: String, _ replacement: String, _ message: String) {
    let text = Examples.head + "\n" + Examples.body
    #expect(text.contains(find))
    let errors = Examples.errors(text.replacing(find, with: replacement, maxReplacements: 1))
    #expect(errors.contains { $0.contains(message) }, "\(errors)")
  }

  @Test func `an owner without unmasked is refused`() {
    let errors = Examples.errors((Examples.head + "\n" + Examples.body).replacing("    unmasked: true\n", with: ""))
    #expect(errors.contains { $0.contains("reads every column, but is not `unmasked: true`") }, "\(errors)")
  }

  /// Named, so that a failure does not print a megabyte.
  static let garbage: [(name: String, text: String)] = [
    ("empty", ""), ("a word", "a"), ("a list", "- 1"), ("an open brace", "{"), ("an open bracket", "a: ["),
    ("a key twice", "a: 1\na: 2\n"),
    ("a NUL", "\u{0}"), ("a dangling alias", "a: *b"), ("two documents", "--- a\n--- b\n"), ("a list as key", "? [x]\n: y"),
    ("a list as version", "version: [1]"), ("a number as scope", "scopes: {a: 1}"),
    ("numbers as rules", "access: [1, [2], {who: 3}]"),
    ("an empty question", "tests: [{name: x, ask: {}}]"), ("a list as mask", "databases: {d: {masks: {a.b: [c]}}}"),
    ("half a surrogate", "\"\\uD800\": 1"), ("deep brackets", String(repeating: "[", count: 100_000)),
    ("deep lists", String(repeating: "- ", count: 100_000)),
    ("more than the ceiling", String(repeating: "a: 1\n", count: 300_000)),
  ]

  @Test(arguments: garbage.indices)
  func `a file that is no policy is an error with a place, never a crash`(_ index: Int) {
    let isRefused = !Examples.errors(Self.garbage[index].text).isEmpty
    #expect(isRefused, "\(Self.garbage[index].name)")
  }

  @Test func `every prefix of a policy loads or is told wrong`() {
    let text = Examples.head + "\n" + Examples.body
    for length in stride(from: 0, to: text.count - 1, by: 7) { _ = Examples.errors(String(text.prefix(length))) }
  }

  @Test(arguments: [
    ("45s", 45), ("30m", 1800), ("8h", 28_800), ("1h30m", 5400), ("2d", 172_800), ("30", nil), ("", nil), ("m", nil),
    ("1m1h", nil),
    ("1h1h", nil), ("-1m", nil), ("1.5h", nil), ("99999999999999999999d", nil), ("9223372036854775807d", nil), ("1h ", nil),
    ("١m", nil),
  ])
  func `durations have units, from large to small`(_ text: String, _ seconds: Int?) {
    #expect(DurationText.seconds(text) == seconds)
    if let seconds { #expect(DurationText.seconds(DurationText.text(seconds)) == seconds) }
  }

  @Test func `a scope that nobody may ask for is a warning`() throws {
    let text = (Examples.head + "\n" + Examples.body).replacing("scopes: [migrate]", with: "scopes: [read]")
    #expect(try PolicyFile.parse(text).warnings.map(\.message) == ["nobody may ask for the scope migrate"])
  }
}
