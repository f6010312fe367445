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

  @Test func `a server that is not there is told apart from one that refuses`() throws {
    let port = try PostgresServer.freePort()
    let nobody = ConnectionParameters(["host": "127.0.0.1", "port": String(port), "user": "postgres"], connectSecondsMax: 5)
    let error = #expect(throws: PostgresError.self) { try PostgresConnection(nobody) }
    #expect(error?.sqlState == .cannotConnect)
    let unknown = #expect(throws: PostgresError.self) { try Self.server.get().connect(database: "nowhere") }
    #expect(unknown?.sqlState == "3D000")
  }

  @Test func `an error bears state, message, detail and constraint, and the connection goes on`() throws {
    let connection = try Self.server.get().connect()
    try connection.query("CREATE TEMP TABLE t (a int CONSTRAINT only_once UNIQUE)")
    try connection.query("INSERT INTO t VALUES (1)")
    let error = #expect(throws: PostgresError.self) { try connection.query("INSERT INTO t VALUES (1)") }
    #expect(error?.sqlState == .uniqueViolation && error?.constraint == "only_once" && error?.detail != nil)
    #expect(try connection.query("SELECT 1 AS one").single()["one"] == "1")
  }

  @Test func `a failed transaction is rolled back and its first error told`() throws {
    let connection = try Self.server.get().connect()
    try connection.query("CREATE TEMP TABLE t (a int)")
    let error = #expect(throws: PostgresError.self) {
      try connection.transaction {
        try connection.query("INSERT INTO t VALUES (1)")
        try connection.query("SELECT 1/0")
      }
    }
    #expect(error?.sqlState == "22012")
    #expect(try connection.query("SELECT FROM t").rows.isEmpty && !connection.isInTransaction)
  }

  @Test func `a running statement is cancelled from another thread`() async throws {
    let connection = try Self.server.get().connect()
    let watcher = try Self.server.get().connect()
    let (cancel, backend) = (connection.canceller, String(connection.backendProcessID))
    let canceller = Task.detached {
      while try watcher.query("SELECT FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'", [backend]).rows.isEmpty {}
      try cancel()
    }
    let error = #expect(throws: PostgresError.self) { try connection.query("SELECT pg_sleep(60)") }
    #expect(error?.sqlState == .queryCanceled)
    try await canceller.value
  }

  @Test func `a server that hung up tells why, and the connection knows that it is closed`() throws {
    let connection = try Self.server.get().connect()
    let other = try Self.server.get().connect()
    try other.query("SELECT pg_terminate_backend($1, 5000)", [String(connection.backendProcessID)])
    let error = #expect(throws: PostgresError.self) { try connection.query("SELECT 1") }
    #expect(error?.isConnectionLost == true && !connection.isOpen)
  }

  @Test func `a notification arrives with its payload, and an expired wait brings none`() throws {
    let listener = try Self.server.get().connect()
    try listener.execute("LISTEN \(Identifier("Odd channel"))")
    #expect(try listener.notifications(waitMilliseconds: 0).isEmpty)
    try Self.server.get().connect().query("SELECT pg_notify('Odd channel', 'payload')")
    #expect(try listener.notifications(waitMilliseconds: 10_000).map(\.payload) == ["payload"])
  }

  @Test func `a warning that PostgreSQL gives instead of an error is not lost`() throws {
    let connection = try Self.server.get().connect()
    try connection.query("DO $$ BEGIN RAISE WARNING USING ERRCODE = '01007', MESSAGE = 'nothing granted'; END $$")
    #expect(connection.takeNotices().map(\.sqlState) == ["01007"])
    #expect(connection.takeNotices().isEmpty)
  }

  @Test func `a connection string with a password in it is refused and not repeated`() {
    let error = #expect(throws: PostgresError.self) { try ConnectionParameters(parsing: "postgres://me:hunter2@host/db") }
    #expect(error.map { !$0.description.contains("hunter2") } == true)
    let broken = #expect(throws: PostgresError.self) { try ConnectionParameters(parsing: "password=hunter2 nonsense") }
    #expect(broken.map { !$0.description.contains("hunter2") } == true)
  }

  @Test func `TLS with verification reaches a test server by its own authority`() throws {
    let server = try PostgresServer(tls: true)
    let connection = try server.connect(["sslmode": "verify-full", "sslrootcert": server.authorityPath])
    #expect(try connection.query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").single()["ssl"] == "t")
  }

  @Test func `a server that crashed comes back on its port with its data`() throws {
    let server = try PostgresServer()
    try server.connect().query("CREATE TABLE kept ()")
    try server.crash()
    #expect(throws: PostgresError.self) { try server.connect() }
    try server.start()
    try server.connect().query("SELECT FROM kept")
    server.stop()
    #expect(throws: PostgresError.self) { try server.connect() }
  }
}
