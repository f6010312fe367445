import Foundation
import TestSupport

/// Two databases with the same small tables, one with a mask, for the client programs of Tests/Clients.
enum Matrix {
  /// One client's program: it prints `CLIENT name version`, then `PASS|FAIL|NO|N/A feature detail` for each feature.
  /// N/A: the client has it not. NO: it is known not to work, with the reason; docs/clients.md shows it.
  struct Client: Sendable, CustomStringConvertible {
    /// The folder of its program `run`.
    var name: String
    /// Cheap to install and quick, so a part of `make test`; the others are run by `make clients`.
    var isQuick = true
    var description: String { name }
  }

  static let clients =
    [
      "psql", "pgbench", "pg_dump", "psycopg", "psycopg2", "asyncpg", "pg8000", "sqlalchemy", "django", "jdbc", "perl-dbd-pg",
      "ruby-pg", "php-pdo",
    ]
    .map { Client(name: $0) }
    + ["node-pg", "go-pq", "go-pgx", "odbc", "rust-tokio-postgres", "pgcli", "pgadmin"].map { Client(name: $0, isQuick: false) }

  static let features = [
    "tls", "simple", "parameters", "binary", "copy", "big", "cursor", "error", "cancel", "notice", "notify", "prepared",
    "databases",
  ]

  static let folder = Binaries.packageRoot.appendingPathComponent("Tests/Clients").path

  /// Where `make clients` wants what the programs say; nil for the quick ones only.
  static let reports = ProcessInfo.processInfo.environment["ISSUER_CLIENTS"]

  static let shared = Result { try Deployment(blueprint) }

  static let blueprint = Blueprint(
    databases: ["shop", "stock"], owner: "shop_owner", prepare: prepare, policy: policy)

  @Sendable static func prepare(_ server: PostgresServer) throws {
    try Blueprint.psql(
      server, "postgres",
      [
        "-c", "CREATE ROLE shop_owner NOLOGIN", "-c", "CREATE DATABASE shop OWNER shop_owner", "-c",
        "CREATE DATABASE stock OWNER shop_owner",
      ])
    for database in ["shop", "stock"] {
      try Blueprint.psql(server, database, ["-c", "ALTER SCHEMA public OWNER TO shop_owner"])
      try Blueprint.psql(server, database, ["-f", folder + "/schema.sql"], role: "shop_owner")
    }
    try Blueprint.close(server, ["shop", "stock"])
  }

  static let policy = """
    version: 1
    cluster: main
    identities:
      dba: {login: unix, unixUser: \(NSUserName()), groups: [dba]}
      alice: {login: token, groups: [support]}
      bob: {login: token, groups: [leads]}
      carol: {login: token}
      ci: {login: token}
    operators: {users: [dba]}
    databases:
      shop:
        masks:
          public.people.email: email
      stock:
    scopes:
      masked:
        database: shop
        privileges: [{tables: ["public.*"], grant: [select, insert, update, delete]}]
        connectionsMax: 20
      open:
        database: stock
        privileges: [{tables: ["public.*"], grant: [select, insert, update, delete]}]
        connectionsMax: 20
      reviewed:
        database: shop
        privileges: [{tables: ["public.*"], grant: [select]}]
    access:
      - {name: all, who: {groups: [support]}, scopes: [masked, open], lifetime: {max: 8h}}
      - {name: reviewed, who: {groups: [support]}, scopes: [reviewed], lifetime: {max: 1h}, approvals: {count: 1, from: {groups: [leads]}}}

    """

  /// What the programs find in their environment.
  static func environment(_ one: Grant, _ two: Grant, wrongAuthority: String) -> [String: String] {
    let cache = URL(fileURLWithPath: Binaries.python).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().path
    return [
      "PGHOST": one.connection.host, "PGPORT": String(one.connection.port), "PGUSER": one.connection.user,
      "PGPASSWORD": one.connection.password, "PGDATABASE": one.connection.database, "PGSSLMODE": "verify-full",
      "PGSSLROOTCERT": one.authority, "SECOND_USER": two.connection.user, "SECOND_PASSWORD": two.connection.password,
      "SECOND_DATABASE": two.connection.database, "CLIENT_WRONG_CA": wrongAuthority, "CLIENTS_CACHE": cache,
      "CLIENTS_PYTHON": Binaries.python, "CLIENTS_MORE_PYTHON": cache + "/clients-venv/bin/python",
    ]
  }
}
