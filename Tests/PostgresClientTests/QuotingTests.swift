import PostgresClient
import TestSupport
import Testing

@Suite struct QuotingTests {
  static let awkward = [
    "plain", "Two Words", #"quo"te"#, "semi;colon", "select", "ünï", "'; DROP ROLE x --", #"back\slash"#, "$1",
  ]

  @Test(arguments: awkward)
  func `a quoted name and a quoted constant come back from the server as they were`(text: String) throws {
    let connection = try PostgresConnectionTests.server.get().connect()
    for conforming in ["on", "off"] {
      try connection.query("SELECT set_config('standard_conforming_strings', $1, false)", [conforming])
      let row = try connection.execute("SELECT \(Literal(text)) AS \(Identifier(text))")
      #expect(row.columns == [text])
      #expect(row.rows.first?[0] == text)
    }
  }

  @Test func `names that the server would cut or cannot hold are refused`() {
    for name in ["", "nul\0", String(repeating: "x", count: 64), String(repeating: "ü", count: 32)] {
      #expect(throws: PostgresError.self) { try Identifier(name) }
    }
    #expect(throws: PostgresError.self) { try Literal("nul\0") }
  }

  @Test func `an array goes to the server whatever its elements hold`() throws {
    let connection = try PostgresConnectionTests.server.get().connect()
    let values: [String?] = [nil, "NULL", "", #"a "b" \c"#, "{x,y}", "z"]
    let rows = try connection.query("SELECT unnest($1::text[]) AS v", [PostgresArray.text(values)]).rows
    #expect(rows.map { $0["v"] } == values)
  }
}
