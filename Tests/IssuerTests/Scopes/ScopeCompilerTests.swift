import Foundation
import Issuer
import IssuerAPI
import Policy
import PostgresClient
import TestSupport
import Testing

/// Policy's own types through the compiler to what the proxy is given.
@Suite struct ScopeCompilerTests {
  /// A cluster as `issuerctl init` leaves it, with a shop.
  private func shop() throws -> (PostgresServer, PostgresConnection, PostgresConnection) {
    let server = try PostgresServer()
    let directory = try SQLDirectory.located()
    let superuser = try server.connect()
    try superuser.execute(script: try directory.script("bootstrap/roles.sql"))
    try superuser.execute(script: "ALTER ROLE issuer_admin PASSWORD 'admin'; CREATE ROLE shop; GRANT shop TO issuer_admin")
    try superuser.query("CREATE DATABASE shop OWNER shop")
    let owner = try server.connect(database: "shop")
    try owner.execute(script: try directory.script("bootstrap/governed.sql"))
    try owner.execute(
      script: """
        CREATE TABLE public.users (id int PRIMARY KEY, name text, nickname text, email varchar(80));
        INSERT INTO public.users VALUES (1, 'Johnson', 'jo', 'jane@secret.example');
        CREATE TABLE public.users_log (id int); ALTER TABLE public.users OWNER TO shop; ALTER TABLE public.users_log OWNER TO shop;
        CREATE FUNCTION public.known(int) RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'
        """)
    return (server, owner, try server.connect(user: "issuer_admin", password: "admin", database: "shop"))
  }

  /// Rules as the policy file's reader makes them; nil declares a column free.
  private static func rules(_ labels: KeyValuePairs<String, String?>) throws -> DatabaseRules {
    let masks = labels.map { column, kind in
      #"{"schema": "public", "table": "users", "column": "\#(column)", "rule": "\#(column)""#
        + (kind.map { #", "kind": "\#($0)"}"# } ?? "}")
    }
    let json = """
      {"name": "shop", "masks": [\(masks.joined(separator: ", "))],
       "trusted": [{"kind": "definer_function", "object": "public.known(*)", "reason": "reads a lookup table only"}]}
      """
    return try JSONDecoder().decode(DatabaseRules.self, from: Data(json.utf8))
  }

  private static func scope(_ name: String, unmasked: Bool = false) throws -> Scope {
    let json = """
      {"name": "\(name)", "description": "", "database": "shop", "delivery": ["proxy"], "unmasked": \(unmasked), "enforcement": "strict",
       "settings": [], "ownedObjects": "drop", "guardrails": [], "limits": {"statementBytesMax": 1000000}, "recordsParameters": false,
       "detectors": {},
       "privileges": [{"objects": "tables", "patterns": ["public.*"], "except": ["public.*_log"], "privileges": ["select"]},
                      {"objects": "tables", "patterns": ["public.users"], "except": [], "privileges": ["update"]}]}
      """
    return try JSONDecoder().decode(Scope.self, from: Data(json.utf8))
  }

  @Test func `a scope of policy becomes a role, and the proxy learns its masked tables`() throws {
    let (server, owner, admin) = try shop()
    let compiler = ScopeCompiler(schema: try ScopeSchema(try SQLDirectory.located()))
    let rules = try Self.rules(["email": "email", "*name": "partial", "nickname": nil])

    let preview = try compiler.preview(Self.scope("support"), rules: rules, on: admin)
    #expect(try admin.query("SELECT count(*) FROM iss.scope").single()[0] == "0")
    let compiled = try compiler.compile(Self.scope("support"), rules: rules, on: admin)
    #expect(preview.role == compiled.role)
    #expect(compiled.isReady)
    #expect(try compiler.role(of: Self.scope("support"), on: admin) == compiled.role)
    #expect(
      compiled.findings.contains {
        $0.severity == .trusted && $0.kind == "definer_function" && $0.object == "public.known(integer)"
      })

    let table = try #require(compiled.maskedTables.first)
    #expect(table.table == "users")
    #expect(table.primaryKey == ["id"])
    #expect(table.columns.map(\.mask) == [nil, .partial, nil, .email])
    #expect(table.columns[3].type == "character varying(80)")
    #expect(table.columns[1].rule == "*name")

    try owner.execute(script: "CREATE ROLE jit_test LOGIN PASSWORD 'lease'; GRANT \(compiled.role) TO jit_test")
    let lease = try server.connect(user: "jit_test", password: "lease", database: "shop")
    let row = try lease.query("SELECT * FROM \(table.shadowSchema).\(table.table)").single()
    #expect([row["name"], row["nickname"], row["email"]] == ["J***n", "jo", "j***@***.example"])
    #expect(throws: PostgresError.self) { try lease.query("SELECT email FROM public.users") }
    #expect(throws: PostgresError.self) { try lease.query("SELECT id FROM public.users_log") }

    let full = try compiler.compile(Self.scope("full", unmasked: true), rules: rules, on: admin)
    #expect(full.isReady)
    #expect(full.maskedTables.isEmpty)

    try owner.execute(script: "GRANT SELECT ON public.users TO PUBLIC")
    let refused = try compiler.check(role: compiled.role, on: admin)
    #expect(refused.state == .refused)
    #expect(refused.findings.first?.severity == .refusal)
    let live = PolicyLive.LiveScope(name: "support", database: "shop", state: .refused, findings: refused.findings)
    try owner.execute(script: HardeningScript.text([live], database: "shop"))
    #expect(try compiler.check(role: compiled.role, on: admin).isReady)

    #expect(try Shadows.status(on: admin).map(\.state) == ["ok"])
    #expect(try Shadows.drop(on: admin) == 1)
    #expect(try Shadows.rebuild(on: admin).map(\.action) == [.built])
    try compiler.retire(role: full.role, on: admin)
    #expect(try compiler.sweep(on: admin) == [full.role])
    server.stop()
  }

  @Test func `the schema is installed once for each version`() throws {
    let (server, _, admin) = try shop()
    let schema = try ScopeSchema(try SQLDirectory.located())
    #expect(try schema.install(on: admin))
    #expect(try !schema.install(on: admin))
    try admin.query("COMMENT ON SCHEMA iss IS 'issuer scopes of yesterday'")
    #expect(try schema.install(on: admin))
    server.stop()
  }
}
