import Foundation
import PostgresClient
import TestSupport

/// A real schema with real data: partitions, domains, enums, views, triggers, a SECURITY DEFINER function; and pgbench beside it.
enum Pagila {
  /// Of `ISSUER_TEST_SHARED` or ../shared; nil in a clone that has neither, where the suites are skipped.
  static let folder: String? = {
    let given = ProcessInfo.processInfo.environment["ISSUER_TEST_SHARED"]
    let beside = ["../shared", "../../shared"].map { Binaries.packageRoot.appendingPathComponent($0).path }
    return ([given].compactMap(\.self) + beside).map { $0 + "/data/pagila" }
      .first { FileManager.default.fileExists(atPath: $0 + "/schema.sql") }
  }()

  /// One for all suites: it takes some seconds to make.
  static let shared = Result { try Deployment(blueprint) }

  static func deployment() throws -> Deployment { try shared.get() }

  static let blueprint = Blueprint(
    databases: ["pagila", "bench"], owner: "pagila_owner",
    settings: [
      // Everything that an operator may ever log.
      "log_statement = all", "log_min_duration_statement = 0", "log_connections = on", "log_disconnections = on",
      "log_parameter_max_length = -1", "log_parameter_max_length_on_error = -1", "log_error_verbosity = verbose",
      "log_replication_commands = on", "shared_preload_libraries = 'pg_stat_statements'",
      "pg_stat_statements.track = all", "pg_stat_statements.track_utility = on", "track_activity_query_size = 16384",
    ],
    prepare: prepare, policy: policy)

  @Sendable static func prepare(_ server: PostgresServer) throws {
    guard let folder else { throw ServerUnavailable(reason: "no pagila") }
    try Blueprint.psql(
      server, "postgres",
      [
        "-c", "CREATE ROLE pagila_owner NOLOGIN", "-c", "CREATE DATABASE pagila OWNER pagila_owner",
        "-c", "CREATE DATABASE bench OWNER pagila_owner", "-c", "CREATE EXTENSION pg_stat_statements",
      ])
    let schema = try String(contentsOfFile: folder + "/schema.sql", encoding: .utf8)
    let owned = server.directory + "/pagila.sql"
    try schema.replacing("OWNER TO postgres", with: "OWNER TO pagila_owner").write(
      toFile: owned, atomically: true, encoding: .utf8)
    try Blueprint.psql(server, "pagila", ["-f", owned])
    try Blueprint.psql(server, "pagila", ["-f", folder + "/data.sql"])
    try Blueprint.psql(
      server, "pagila",
      [
        // The cure that compiling a scope over it names.
        "-c", "REVOKE ALL ON FUNCTION public.rewards_report(integer, numeric) FROM PUBLIC",
        // A second schema with a table of the same name as a masked one, and nothing masked in it.
        "-c", "CREATE SCHEMA crm AUTHORIZATION pagila_owner",
        "-c", "CREATE TABLE crm.customer (id integer PRIMARY KEY, email text)", "-c",
        "ALTER TABLE crm.customer OWNER TO pagila_owner",
        "-c", "INSERT INTO crm.customer VALUES (1, 'free@crm.example')",
      ])
    let made = try ChildProcess.run(
      "pgbench", ["-i", "-q", "-s", "1", "-h", PostgresServer.host, "-p", String(server.port), "-U", "postgres", "bench"],
      environment: ["PGPASSWORD": server.superuserPassword, "PGOPTIONS": "-c role=pagila_owner"], seconds: 120)
    guard made.status == 0 else { throw ServerUnavailable(reason: made.errors) }
    try Blueprint.close(server, ["pagila", "bench"])
  }

  static var policy: String {
    """
    version: 1
    cluster: main

    identities:
      dba: {login: unix, unixUser: \(NSUserName()), groups: [dba]}
      alice: {login: token, groups: [support]}
      bob: {login: token, groups: [leads]}
      carol: {login: token, groups: [leads, security]}
      ci: {login: token, groups: [ci]}

    operators: {users: [dba]}
    auditors: {users: [carol]}

    databases:
      pagila:
        masks:
          public.customer.email: email
          public.customer.last_name: partial
          public.customer.create_date: year
          public.staff.password: "null"
          public.address.phone: last4
          public.payment.amount: bucket
      bench:

    scopes:
      support-read:
        description: Read everything, personal data masked
        database: pagila
        privileges: [{tables: ["public.*", crm.customer], grant: [select]}]
        guardrails: [read-only]
      desk:
        database: pagila
        privileges:
          - {tables: ["public.*"], grant: [select]}
          - {tables: [public.customer, public.rental], grant: [insert, update, delete]}
          - {sequences: ["public.*"], grant: [usage]}
        guardrails: [safe-writes]
      staff-write:
        database: pagila
        privileges:
          - {tables: ["public.*"], grant: [select]}
          - {tables: [public.customer, public.rental], grant: [insert, update, delete]}
        guardrails: [safe-writes]
      raw:
        database: pagila
        privileges: [{tables: [public.customer], grant: [select]}]
        unmasked: true
      few-rows:
        database: pagila
        privileges: [{tables: [public.film], grant: [select]}]
        limits: {rowsMax: 5}
      few-statements:
        database: pagila
        privileges: [{tables: [public.film], grant: [select]}]
        limits: {statementsPerMinuteMax: 8}
      short-idle:
        database: pagila
        privileges: [{tables: [public.film], grant: [select]}]
        limits: {idleMax: 1s}
      bench:
        database: bench
        privileges: [{tables: ["public.*"], grant: [select, insert, update, delete]}]
        connectionsMax: 20
      ci-direct:
        database: pagila
        privileges: [{tables: [public.film, public.customer], grant: [select]}]
        delivery: [direct]
      migrate:
        database: pagila
        privileges: [{schemas: [public], grant: [usage, create]}]
        unmasked: true
        owner: pagila_owner

    access:
      - name: support
        who: {groups: [support]}
        scopes: [support-read, desk, few-rows, few-statements, short-idle, bench]
        lifetime: {default: 30m, max: 8h}
      - name: staff-writes
        who: {groups: [support]}
        scopes: [staff-write]
        lifetime: {default: 15m, max: 1h}
        approvals: {count: 1, from: {groups: [leads]}}
      - name: raw
        who: {groups: [support]}
        scopes: [raw]
        lifetime: {default: 15m, max: 1h}
        approvals: [{count: 1, from: {groups: [leads]}}, {count: 1, from: {groups: [security]}}]
      - {name: ci, who: {groups: [ci]}, scopes: [ci-direct, bench, migrate], lifetime: {max: 1h}, reason: optional}

    """
  }
}
