import Foundation
import Testing

@testable import Policy

@Suite struct MaskTests {
  func mask(_ schema: String, _ table: String, _ column: String, _ type: String = "text") throws -> MaskKind? {
    try Examples.policy().policy.database(named: "shop")?.mask(schema: schema, table: table, column: column, type: type)?.kind
  }

  @Test func `an exact label goes before patterns, and patterns before types`() throws {
    #expect(try mask("public", "users", "email") == .email)
    #expect(try mask("other", "users", "email") == nil)
    #expect(try mask("public", "orders", "bill_email") == .redact)
    #expect(try mask("public", "users", "help_email") == nil)
    #expect(try mask("public", "pay", "number", "cardnumber") == .last4)
    #expect(try mask("public", "pay", "a_email", "cardnumber") == .redact)
    #expect(try mask("public", "users", "help_email", "cardnumber") == nil)
  }

  @Test func `a mask tells the line that demands it`() throws {
    let rules = try #require(Examples.policy().policy.database(named: "shop"))
    #expect(rules.mask(schema: "a", table: "b", column: "c_email", type: "text")?.rule == "*.*_email: redact")
  }

  @Test func `a trusted entry accepts what it names and nothing else`() throws {
    let rules = try #require(Examples.policy().policy.database(named: "shop"))
    #expect(rules.trust(kind: "definer_function", object: "function public.search(text)") != nil)
    #expect(rules.trust(kind: "public_select", object: "function public.search(text)") == nil)
    #expect(rules.trust(kind: "definer_function", object: "function public.other()") == nil)
  }

  @Test func `privileges leave out what is excepted`() throws {
    let privilege = try #require(Examples.policy().policy.scope(named: "read")?.privileges.first)
    #expect(privilege.covers("public.users"))
    #expect(!privilege.covers("public.secrets"))
    #expect(!privilege.covers("private.users"))
  }

  @Test(arguments: [
    ("*", "", true), ("*", "abc", true), ("a*c", "abc", true), ("a*c", "abcd", false), ("*a*a*a*", "aa", false), ("?", "", false),
    ("?", "ä", true), ("a", "A", false), ("", "", true), ("", "a", false), ("**", "x", true), ("public.*", "public.a.b", true),
  ])
  func `a star is any run and a question mark any one`(_ pattern: String, _ name: String, _ matches: Bool) {
    #expect(NamePattern(pattern).matches(name) == matches)
  }

  @Test func `a pattern of many stars is not slow for long`() {
    let name = String(repeating: "a", count: 5000)
    #expect(!NamePattern(String(repeating: "a*", count: 500) + "b").matches(name))
  }

  @Test func `a pattern becomes one of LIKE`() { #expect(NamePattern("a_b%*?\\").likePattern == "a\\_b\\%%_\\\\") }

  @Test(arguments: [
    ("a.b", ["a", "b"]), ("\"a.b\".c", ["a.b", "c"]), ("\"a\"\"b\".c", ["a\"b", "c"]), ("a..b", nil), (".a", nil), ("a.", nil),
    ("\"a", nil),
    ("\"a\"b", nil), ("", nil),
  ])
  func `a dotted name is split as SQL does`(_ text: String, _ parts: [String]?) { #expect(QualifiedName.split(text) == parts) }

  @Test(arguments: [
    ("$.user.email", [".user", ".email"]), ("$.items[*].card", [".items", "[*]", ".card"]), ("$[*]", ["[*]"]),
    (#"$."full name"[*].x"#, [".full name", "[*]", ".x"]), ("$.ümlaut-x_1", [".ümlaut-x_1"]), ("$", nil), ("user", nil),
    ("$.", nil),
    ("$.a[0]", nil), ("$.a b", nil), (#"$."a"#, nil), (#"$."""#, nil), (#"$."a\"b""#, nil), ("$.*", nil), ("$..a", nil),
    ("", nil),
  ])
  func `a path into a JSON value is keys and array steps`(_ text: String, _ steps: [String]?) {
    #expect(JSONPathMask.steps(text) == steps)
  }

  private func text(_ mask: String, privilege: String = "{tables: [\"public.*\"], grant: [select]}") -> String {
    """
    \(Examples.head)
    databases:
      shop:
        masks:
          public.events.payload: \(mask)
    scopes:
      read:
        database: shop
        privileges: [\(privilege)]
    access:
      - {name: all, who: {users: [alice]}, scopes: [read], lifetime: {max: 1h}}
    """
  }

  @Test func `a label can mask inside a JSON value`() throws {
    let policy = try PolicyFile.parse(text(#"{json: {"$.user.email": email, "$.items[*].card": last4}}"#)).policy
    let label = try #require(policy.database(named: "shop")?.masks.first)
    #expect(label.kind == .partial)
    #expect(
      label.options?.paths == [
        JSONPathMask(steps: [".user", ".email"], kind: .email), JSONPathMask(steps: [".items", "[*]", ".card"], kind: .last4),
      ])
    // sql/shadows/mask_json.sql reads this form.
    let json = String(decoding: try JSONEncoder().encode(label.options), as: UTF8.self)
    #expect(json.contains(#""steps":[".user",".email"]"#) && json.contains(#""kind":"email""#))
  }

  @Test(arguments: [
    (#"{json: {"user.email": email}}"#, "`user.email` is no path into a JSON value"),
    (#"{json: {"$.a": year}}"#, "cannot be used inside"),
    (#"{json: {"$.a": nothing}}"#, "`nothing` is no `mask`"), ("{json: {}}", "has no paths"),
    ("{json: redact}", "must be a mapping"),
    (#"{json: {"$.a": email}, lookup: equality}"#, "has no key `lookup`"),
  ])
  func `a wrong path is told with its line`(_ mask: String, _ message: String) {
    let errors = Examples.errors(text(mask))
    #expect(errors.count == 1)
    #expect(errors.first?.contains(message) == true, "\(errors)")
    #expect(errors.first?.hasPrefix("\(Examples.head.split(separator: "\n").count + 4):") == true, "\(errors)")
  }

  @Test func `masked columns are written only where the scope says so`() throws {
    let policy = try PolicyFile.parse(
      text("redact", privilege: "{tables: [public.events], grant: [select, insert], writeMasked: true}")
    )
    .policy
    #expect(policy.scope(named: "read")?.privileges.map(\.writeMasked) == [true])
    let silent = try PolicyFile.parse(text("redact", privilege: "{tables: [public.events], grant: [insert], writeMasked: false}"))
      .policy
    let privilege = try #require(silent.scope(named: "read")?.privileges.first)
    // A role's name is a hash of this: a scope that says nothing keeps the name that it had.
    #expect(!String(decoding: try JSONEncoder().encode(privilege), as: UTF8.self).contains("writeMasked"))
    for wrong in [
      "{tables: [public.events], grant: [select], writeMasked: true}",
      "{functions: [public.f], grant: [execute], writeMasked: true}",
      "{tables: [public.events], grant: [insert], writeMasked: perhaps}",
    ] { #expect(Examples.errors(text("redact", privilege: wrong)).count == 1, "\(wrong)") }
  }
}
