import Foundation
import IssuerAPI
import PostgresClient
import Sodium
import TestSupport
import Testing
import Vault

/// After a run that made every kind of secret, none is anywhere that anybody looks.
@Suite(.serialized, .enabled(if: Pagila.folder != nil, "Pagila is in ../shared/data, which a plain clone has not"))
struct NoSecretTests {
  let deployment: Deployment

  init() throws { deployment = try Pagila.deployment() }

  @Test func `no secret is in a log, a table, a view, an audit log, an argument or an environment`() throws {
    // Parse trees, too: only here, because they make hundreds of megabytes of what compiling a scope runs.
    try setting("ALTER SYSTEM SET debug_print_parse = on")
    defer { try? setting("ALTER SYSTEM RESET debug_print_parse") }
    let sleepers = try makeSecrets()
    let secrets = try deployment.secrets.withLock { $0 } + vaultSecrets()
    #expect(secrets.count > 12)
    #expect(secrets.allSatisfy { $0.utf8.count >= 20 })
    let needles = deployment.directory + "/people/needles"
    try secrets.joined(separator: "\n").write(toFile: needles, atomically: true, encoding: .utf8)

    // The search finds what is there.
    let proof = deployment.directory + "/people/proof"
    try "before \(secrets[0]) behind".write(toFile: proof, atomically: true, encoding: .utf8)
    #expect(try search(needles, [proof]).count == 1)

    try expectFilesClean(needles)
    try expectServerClean(secrets)
    try expectProcessesClean(secrets, sleepers.map(\.processID))
    for sleeper in sleepers { sleeper.signal(SIGTERM) }
    for sleeper in sleepers { try sleeper.wait(seconds: 20) }
    try expectFilesClean(needles)
  }

  private func setting(_ statement: String) throws {
    try Blueprint.psql(deployment.server, "postgres", ["-c", statement, "-c", "SELECT pg_reload_conf()"])
  }

  /// Every kind: connect secrets, direct passwords, tokens, a rotated admin password; used, misused, and in programs that still run.
  private func makeSecrets() throws -> [ChildProcess] {
    let proxied = try deployment.grant(.alice, "support-read")
    _ = try deployment.psql(proxied, "SELECT email FROM customer", "DROP TABLE film", "SELECT 1/0")
    let direct = try deployment.grant(.ci, ["ci-direct"])
    _ = try deployment.psql(direct, "SELECT count(*) FROM film", "SELECT nope")
    // A secret in the wrong place: as a user's name, as a database's, at the database itself.
    _ = try? deployment.connect(proxied, ["port": String(deployment.server.port)])
    _ = try? deployment.connect(direct, ["port": String(deployment.proxyPort)])
    for format in ["text", "url", "env", "pgpass", "service"] {
      _ = try deployment.ctl(.alice, ["grant", "support-read", "--reason", "INC-1", "--format", format])
    }
    #expect(try deployment.ctl(.dba, ["rotate", "admin"]).status == 0)
    _ = try deployment.ctl(.alice, ["renew", proxied.lease.id, "--for", "40m"])
    _ = try deployment.ctl(.alice, ["connect", "support-read", "--reason", "INC-1", "--", "-c", "SELECT 1"])
    _ = try deployment.ctl(.ci, ["run", "bench", "--password-env", "--", "true"])
    let mark = deployment.directory + "/people/sleeping"
    let sleepers = [
      try deployment.start(.ci, ["run", "ci-direct", "--", "bash", "-c", "touch \(mark)-1; exec sleep 120"]),
      try deployment.start(
        .alice, ["connect", "desk", "--reason", "INC-1", "--", "-c", "\\! touch \(mark)-2", "-c", "SELECT pg_sleep(120)"]),
      try deployment.start(
        .alice, ["run", "support-read", "--reason", "INC-1", "--tunnel", "--", "bash", "-c", "touch \(mark)-3; exec sleep 120"]),
    ]
    for number in 1...3 {
      try eventually("program \(number)\n\(sleepers[number - 1].errors)") {
        FileManager.default.fileExists(atPath: "\(mark)-\(number)")
      }
    }
    return sleepers
  }

  /// What is in the vault, and what is derived from it: the admin's password, every lease's two secrets.
  private func vaultSecrets() throws -> [String] {
    // A copy that belongs to us: the vault insists on its owner.
    let copy = deployment.directory + "/people/vault"
    for (from, to) in [("state/vault", copy), ("issuer/vault.key", copy + ".key")] {
      let data = try Data(contentsOf: URL(fileURLWithPath: "\(deployment.directory)/\(from)"))
      #expect(FileManager.default.createFile(atPath: to, contents: data, attributes: [.posixPermissions: 0o600]))
    }
    let body = try Vault.open(at: copy, with: .keyFile(copy + ".key")).body
    func texts(_ secret: SecretBytes) -> [String] {
      let bytes = secret.withBytes { bytes in bytes.indices.map { bytes[$0] } }
      // As text where it is text, and in the forms in which binary secrets are written.
      let text = String(validating: bytes, as: UTF8.self).map { [$0] } ?? []
      let base64 = Data(bytes).base64EncodedString()
      let url = base64.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
      let hex = bytes.map { String(format: "%02x", $0) }.joined()
      return text.filter { $0.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f } } + [base64, url, hex]
    }
    var secrets = texts(try KeyFile.read(copy + ".key")) + texts(body.auditSigningKey)
    for cluster in body.clusters.values {
      secrets += [cluster.secret.current, cluster.secret.pending, cluster.secret.previous].compactMap(\.self).flatMap(texts)
    }
    for (number, key) in body.derivationKeys {
      secrets += texts(key.secret)
      for row in try deployment.truth(
        "SELECT id FROM issuer.lease WHERE derivation_key = $1", [String(number)], database: "issuer")
      {
        let lease = try #require(row[0].flatMap { UUID(uuidString: $0) })
        for context in ["iss-role", "iss-conn"] {
          secrets.append(try KeyDerivation.derive(from: key.secret, context: context, uuid: lease).revealedBase64URL())
        }
      }
    }
    return secrets
  }

  /// The files that hold one of the needles.
  private func search(_ needles: String, _ paths: [String]) throws -> [String] {
    let found = try ChildProcess.run("grep", ["-rlaF", "-f", needles] + paths, environment: ["LC_ALL": "C"], seconds: 120)
    #expect(found.status <= 1, "\(found.errors)")
    return found.output.split(separator: "\n").map(String.init)
  }

  /// Server log, data directory (tables, WAL, statistics), daemons' logs, audit logs, configuration, vault, what is left in /dev/shm.
  private func expectFilesClean(_ needles: String) throws {
    let server = deployment.server.directory
    let paths =
      ["data", "server.log", "control.log"].map { "\(server)/\($0)" }
      + ["log", "state", "issuerd.log", "proxy.log", "issuer/policy.yaml", "issuer/issuerd.yaml", "issuer/proxy.yaml"]
      .map { "\(deployment.directory)/\($0)" }
    #expect(try search(needles, paths) == [])
    #expect(
      deployment.server.log.contains("CREATE ROLE") || deployment.server.log.contains("issuer.issue"),
      "the server logs statements")
  }

  private func expectServerClean(_ secrets: [String]) throws {
    for (database, sql) in [
      ("postgres", "SELECT coalesce(query, '') || coalesce(application_name, '') FROM pg_stat_activity"),
      ("postgres", "SELECT query FROM pg_stat_statements"),
      ("postgres", "SELECT rolname || coalesce(rolpassword, '') FROM pg_authid"),
      ("postgres", "SELECT description FROM pg_shdescription"),
      ("postgres", "SELECT array_to_string(setconfig, ' ') FROM pg_db_role_setting"),
      ("pagila", "SELECT prosrc FROM pg_proc WHERE prosrc <> ''"), ("pagila", "SELECT definition FROM pg_views"),
    ] {
      let texts = try deployment.truth(sql, database: database).compactMap { $0[0] }
      if !sql.contains("setting") { #expect(!texts.isEmpty, "\(sql)") }
      for secret in secrets where texts.contains(where: { $0.contains(secret) }) {
        Issue.record("\(sql) shows \(secret.prefix(6))...")
      }
    }
    let dump = try ChildProcess.run(
      "pg_dump", ["-h", PostgresServer.host, "-p", String(deployment.server.port), "-U", "postgres", "issuer"],
      environment: ["PGPASSWORD": deployment.server.superuserPassword])
    #expect(dump.status == 0 && dump.output.contains("issuer.lease"))
    for secret in secrets where dump.output.contains(secret) { Issue.record("the ledger holds \(secret.prefix(6))...") }
  }

  private func expectProcessesClean(_ secrets: [String], _ started: [Int32]) throws {
    let daemons = [deployment.issuer.processID, deployment.proxy.processID]
    let processes = daemons + (try started.flatMap(descendants))
    #expect(processes.count >= 6)
    for process in processes {
      for name in ["cmdline", "environ"] {
        let data = try Data(contentsOf: URL(fileURLWithPath: "/proc/\(process)/\(name)"))
        let text = String(decoding: data, as: UTF8.self)
        if name == "cmdline" { #expect(!text.isEmpty) }
        for secret in secrets where text.contains(secret) {
          Issue.record("/proc/\(process)/\(name) shows \(secret.prefix(6))...: \(text)")
        }
      }
    }
    for daemon in daemons {
      let limits = try String(contentsOfFile: "/proc/\(daemon)/limits", encoding: .utf8)
      let core = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max core file size") })
      #expect(core.split(whereSeparator: \.isWhitespace).map(String.init)[4...5] == ["0", "0"], "\(core)")
      // The files of a process that may not be dumped belong to root (proc(5)).
      if Deployment.daemonUIDs != nil {
        let owner = try FileManager.default.attributesOfItem(atPath: "/proc/\(daemon)/environ")[.ownerAccountID] as? Int
        #expect(owner == 0, "the memory of \(daemon) can be read by its user")
      }
    }
    let status = try String(contentsOfFile: "/proc/\(deployment.issuer.processID)/status", encoding: .utf8)
    let locked = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmLck:") })
    #expect(!locked.contains(" 0 kB"), "issuerd locks its secrets in memory: \(locked)")
  }

  /// A process and its children, all the way down.
  private func descendants(of process: Int32) throws -> [Int32] {
    let path = "/proc/\(process)/task/\(process)/children"
    let children = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    return [process] + (try children.split(separator: " ").compactMap { Int32($0) }.flatMap(descendants))
  }
}
