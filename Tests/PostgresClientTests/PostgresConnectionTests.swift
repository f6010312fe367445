import PostgresClient
import TestSupport
import Testing

@Suite struct PostgresConnectionTests {
  static let server = Result { try PostgresServer() }

  @Test func `a value goes to the server and back as it was`() throws {
    let connection = try Self.server.get().connect()
    let value = #"it's "quoted" \ and ü"#
    let row = try connection.query("SELECT $1::text AS value, NULL AS nothing, 42 AS number, true AS yes", [value]).single()
    #expect(try row.string("value") == value)
    #expect(row["nothing"] == nil)
    #expect(try row.integer("number") == 42)
    #expect(try row.boolean("yes"))
  }

  @Test func `a wrong password is told by its SQLSTATE`() throws {
    let server = try Self.server.get()
    let error = #expect(throws: PostgresError.self) { try server.connect(password: "wrong") }
    #expect(error?.sqlState == .invalidPassword)
  }
}
