import Foundation
import IssuerAPI
import PostgresClient
import TestSupport
import Testing

/// `issuerctl init` by an operator who is no superuser, as on a managed service: CREATEROLE, CREATEDB, ADMIN on the owner of the tables.
/// 16 changed what CREATEROLE may do.
@Suite(.serialized) struct BootstrapTests {
  private static let versions = PostgresServer.majors.filter { [15, 16].contains($0) }

  private static func blueprint(_ major: Int) -> Blueprint {
    Blueprint(
      databases: ["shop"], owner: "shop_owner", major: major, admin: "cloud", settings: ["log_disconnections = on"],
      prepare: { server in
        let admin = major >= 16 ? "WITH ADMIN TRUE" : "WITH ADMIN OPTION"
        try Blueprint.psql(
          server, "postgres",
          [
            "-c", "CREATE ROLE cloud LOGIN CREATEROLE CREATEDB PASSWORD '\(server.superuserPassword)'",
            "-c", "CREATE ROLE shop_owner NOLOGIN", "-c", "GRANT shop_owner TO cloud \(admin)",
            "-c", "CREATE DATABASE shop OWNER shop_owner",
          ])
        try Blueprint.psql(
          server, "shop",
          [
            "-c", "CREATE TABLE customers (id int PRIMARY KEY, email text)", "-c",
            "INSERT INTO customers VALUES (1, 'a@b.example')",
          ],
          role: "shop_owner")
        try Blueprint.close(server, ["shop"])
        try Blueprint.psql(server, "postgres", ["-c", "GRANT CONNECT ON DATABASE postgres TO cloud"])
      },
      policy: """
        version: 1
        cluster: main
        identities:
          dba: {login: unix, unixUser: \(NSUserName()), groups: [dba]}
          alice: {login: token, groups: [support]}
          bob: {login: token}
          carol: {login: token}
          ci: {login: token, groups: [ci]}
        operators: {users: [dba]}
        databases:
          shop:
            masks: {public.customers.email: email}
        scopes:
          read: {database: shop, privileges: [{tables: ["public.*"], grant: [select]}]}
          make: {database: shop, delivery: [direct], unmasked: true, privileges: [{schemas: [public], grant: [usage, create]}]}
        access:
          - {name: all, who: {groups: [support, ci]}, scopes: [read, make], lifetime: {max: 1h}, reason: optional}

        """)
  }

  @Test(arguments: versions)
  func `a role that is no superuser sets everything up, and is told what it could not`(major: Int) throws {
    let deployment = try Deployment(Self.blueprint(major))
    let warnings = deployment.initialised.steps.filter { $0.outcome == "warning" }.map { "\($0.subject): \($0.message)" }
    #expect(warnings.contains { $0.contains("SCRAM verifiers") }, "\(warnings)")
    #expect(warnings.contains { $0.contains("pg_hba_file_rules") }, "\(warnings)")
    #expect(warnings.contains { $0.hasPrefix("role cloud: is no superuser") }, "\(warnings)")
    #expect(warnings.contains { $0.contains("no ADMIN on pg_signal_backend") } == (major >= 16), "\(warnings)")
    let rights = try deployment.truth(
      """
      SELECT r.rolsuper, r.rolcreaterole, r.rolcreatedb, pg_has_role('cloud', r.oid, 'USAGE'), pg_get_userbyid(d.datdba)
      FROM pg_roles r, pg_database d WHERE r.rolname = 'issuer_admin' AND d.datname = 'issuer'
      """
    ).first
    // On 15 CREATEROLE alone would do to become a member again; it is none now.
    #expect((0..<5).map { rights?[$0] } == ["f", "t", "f", "f", "issuer_admin"])

    #expect(deployment.initialised.hbaLines.contains { $0.hasPrefix("host   all  cloud  ") } == (major >= 16))

    // Twice is harmless.
    try deployment.place.takeBack()
    let again = try deployment.place.initialise(["--event-trigger"])
    #expect(again.steps.contains { $0.subject == "database issuer" && $0.outcome == "already" })
    #expect(again.steps.contains { $0.subject == "event trigger in shop" && $0.outcome == "warning" })
    #expect(again.steps.contains { $0.subject == "ledger" && $0.outcome == "already" })
    try deployment.place.giveAway()
    #expect(throws: PostgresError.self) { try deployment.server.connect(user: "cloud", database: "issuer") }

    // What it set up works, the end of running sessions and of what they own included.
    let read = try deployment.grant(.alice, ["read"])
    #expect(try deployment.psql(read, "SELECT email FROM customers").output == "a***@***.example\n")
    let make = try deployment.grant(.ci, ["make"])
    let busy = [
      try deployment.startPsql(read, ["-c", "SELECT pg_sleep(60)"]),
      try deployment.startPsql(make, ["-c", "CREATE TABLE public.left_behind (id int)", "-c", "SELECT pg_sleep(60)"]),
    ]
    try eventually("both to run") {
      try deployment.count("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'") == 2
    }
    for (person, grant) in [(Person.alice, read), (.ci, make)] {
      let revoked = try deployment.ctl(person, ["revoke", grant.lease.id])
      #expect(revoked.status == 0, "\(revoked.errors)")
      try eventually("the role to go") { try !deployment.roleExists(grant.lease.role) }
      #expect(try deployment.backends(of: grant.lease.role) == 0)
    }
    for program in busy { #expect(try program.wait().status != 0) }
    #expect(try deployment.count("SELECT count(*) FROM pg_class WHERE relname = 'left_behind'", database: "shop") == 0)
    #expect(try deployment.ctl(.dba, ["rotate", "admin"]).status == 0)
    let status = try deployment.ctl(.dba, ["status"])
    #expect(status.status == 0, "\(status.output)\(status.errors)")
  }

  @Test(arguments: versions)
  func `--use-given-role seals the given role, whose typed password opens nothing afterwards, and twice is harmless`(major: Int)
    throws
  {
    let blueprint = Self.blueprint(major)
    let server = try PostgresServer(major: major, tls: true)
    defer { server.stop() }
    try blueprint.prepare(server)
    let place = Place(
      directory: server.directory + "/e2e", proxyPort: 6432, apiPort: 8443, metricsPort: 9187, server: server,
      blueprint: blueprint)
    try place.makeDirectories()
    for round in 1...2 {
      // The second time the vault knows the password, not who types.
      let made = try place.initialise(["--use-given-role"])
      #expect(made.adminRole == "cloud")
      #expect(made.hbaLines.contains { $0.contains("  cloud  ") })
      #expect(
        made.steps.contains { $0.subject == "credential of cloud" && $0.outcome == (round == 1 ? "done" : "already") },
        "\(made.steps.map(\.message))")
      #expect(throws: PostgresError.self, "round \(round)") { try server.connect(user: "cloud") }
    }
    let roles = try server.connect().query("SELECT 1 FROM pg_roles WHERE rolname = 'issuer_admin'").rows
    #expect(roles.isEmpty)
  }

  @Test func `init --event-trigger keeps masked views out of the owner's way, and does nothing for a superuser`() throws {
    var blueprint = Self.blueprint(PostgresServer.defaultMajor)
    blueprint.admin = PostgresServer.superuser
    let deployment = try Deployment(blueprint)
    let read = try deployment.grant(.alice, ["read"])
    let masked = "a***@***.example\n"
    #expect(try deployment.psql(read, "SELECT email FROM customers").output == masked)
    let superuser = try deployment.server.connect(database: "shop")
    try superuser.execute("ALTER ROLE shop_owner LOGIN PASSWORD \(Literal(deployment.server.superuserPassword))")
    let owner = try deployment.server.connect(
      user: "shop_owner", password: deployment.server.superuserPassword, database: "shop")
    let change = "ALTER TABLE customers ALTER COLUMN email TYPE varchar(90)"
    #expect(throws: PostgresError.self) { try owner.execute(script: change) }

    for _ in 1...2 {
      try deployment.place.takeBack()
      let made = try deployment.place.initialise(["--event-trigger"])
      #expect(made.steps.contains { $0.subject == "event trigger in shop" && $0.outcome == "done" })
      try deployment.place.giveAway()
    }
    #expect(try deployment.count("SELECT count(*) FROM pg_event_trigger WHERE evtname = 'iss_ddl_before'", database: "shop") == 1)
    try owner.execute(script: change)
    #expect(try deployment.psql(read, "SELECT email FROM customers").output == masked)
    try owner.execute(script: "BEGIN; ALTER TABLE customers DROP COLUMN email; ROLLBACK")
    #expect(try deployment.psql(read, "SELECT email FROM customers").output == masked)
    // The issuer's code runs in nobody's session whose rights it has not already.
    #expect(throws: PostgresError.self) { try superuser.execute("ALTER TABLE customers ALTER COLUMN email TYPE text") }
    // A column of that name made again is masked by the policy, without a sweep in between.
    try owner.execute(
      script: "ALTER TABLE customers DROP COLUMN email; ALTER TABLE customers ADD COLUMN email text DEFAULT 'x@y.example'")
    let again = try deployment.psql(read, "SELECT email FROM customers")
    #expect(again.output == "x***@***.example\n", "\(again.errors)")
  }

  @Test func `who may not make others members of the owner is told who can`() throws {
    let blueprint = Self.blueprint(16)
    let server = try PostgresServer(major: 16, tls: true)
    defer { server.stop() }
    try blueprint.prepare(server)
    try server.connect().execute("REVOKE ADMIN OPTION FOR shop_owner FROM cloud")
    let place = Place(
      directory: server.directory + "/e2e", proxyPort: 6432, apiPort: 8443, metricsPort: 9187, server: server,
      blueprint: blueprint)
    try place.makeDirectories()
    let run = try ChildProcess.run(
      Binaries.path("issuerctl"), place.initArguments, input: server.superuserPassword + "\n", seconds: 60)
    #expect(run.status == 1)
    #expect(run.errors.contains("GRANT shop_owner TO cloud WITH ADMIN OPTION"), "\(run.errors)")
    // Nothing of the right to make things in the admin's name is left.
    let member = try server.connect().query("SELECT pg_has_role('cloud', 'issuer_admin', 'USAGE') AS member").single()
    #expect(try member.boolean("member") == false)
    try server.connect().execute("GRANT shop_owner TO cloud WITH ADMIN OPTION")
    _ = try place.initialise()
  }
}
