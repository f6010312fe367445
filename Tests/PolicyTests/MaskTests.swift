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
}
