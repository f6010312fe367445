import Foundation
import IssuerAPI
import TestSupport
import Testing

/// issuerctl and the daemons as a person meets them: help, exit codes, JSON.
@Suite(.serialized) struct CommandLineTests {
  /// A command of `--experimental-dump-help`.
  struct Command: Decodable {
    var commandName: String
    var superCommands: [String]?
    var discussion: String?
    var subcommands: [Command]?
    var shouldDisplay: Bool?

    /// What one types for each verb below this one.
    var leaves: [[String]] {
      let own = (superCommands ?? []) + [commandName]
      let below = (subcommands ?? []).filter { $0.commandName != "help" }
      return below.isEmpty ? [own] : below.flatMap(\.leaves)
    }
  }

  private func verbs() throws -> [[String]] {
    struct Dump: Decodable { var command: Command }
    let dumped = try ChildProcess.run(Binaries.path("issuerctl"), ["--experimental-dump-help"])
    return try JSONDecoder().decode(Dump.self, from: Data(dumped.output.utf8)).command.leaves
  }

  @Test func `the help of every verb has an example of it`() throws {
    let verbs = try verbs()
    #expect(verbs.count >= 30, "\(verbs)")
    for verb in verbs {
      let help = try ChildProcess.run(Binaries.path("issuerctl"), verb.dropFirst() + ["--help"])
      #expect(help.status == 0, "\(verb)")
      #expect(help.output.contains("EXAMPLE"), "\(verb)")
      #expect(help.output.contains(verb.joined(separator: " ")), "\(verb): \(help.output.prefix(600))")
      #expect(help.errors == "", "\(verb)")
    }
  }

  @Test(arguments: Binaries.names) func `every program has help and a version, and refuses what it does not know`(name: String)
    throws
  {
    for (arguments, status) in [(["--help"], Int32(0)), (["--version"], 0), (["--no-such-option"], 64)] {
      let run = try ChildProcess.run(Binaries.path(name), arguments)
      #expect(run.status == status, "\(arguments): \(run.status) \(run.errors)")
      #expect(!(status == 0 ? run.output : run.errors).isEmpty)
    }
  }

  @Test func `wrong usage is 64, an issuer that is not there is 5`() throws {
    for arguments in [
      ["no-such-verb"], ["grant"], ["grant", "a", "--for", "soon"], ["run", "a"], ["approve"], ["renew", "x", "--for", "-5m"],
      ["audit", "replay", "x", "--speed", "0"], ["leases", "--state", "nope"], ["status", "--format", "xml"],
      ["status", "--socket", "/x", "--url", "https://x"],
    ] {
      let run = try ChildProcess.run(Binaries.path("issuerctl"), arguments)
      #expect(run.status == 64, "\(arguments): \(run.status) \(run.errors)")
      #expect(run.output == "")
    }
    for arguments in [
      ["status"], ["scopes"], ["grant", "a", "--reason", "x"], ["run", "a", "--reason", "x", "--", "true"], ["leases"],
    ] {
      let run = try ChildProcess.run(
        Binaries.path("issuerctl"), arguments, environment: ["ISSUER_SOCKET": "/nonexistent/issuer.sock", "HOME": "/nonexistent"])
      #expect(run.status == 5, "\(arguments): \(run.status) \(run.errors)")
      #expect(run.errors.contains("next:"))
    }
  }

  @Test(.enabled(if: Pagila.folder != nil, "Pagila is in ../shared/data, which a plain clone has not"))
  func `what there is not is 4, what one may not is 3`() throws {
    let deployment = try Pagila.deployment()
    let nothing = UUID().uuidString.lowercased()
    for (person, arguments, status) in [
      (Person.alice, ["revoke", nothing], Int32(4)), (.alice, ["renew", nothing], 4), (.bob, ["approve", nothing], 4),
      (.dba, ["kill", nothing], 4), (.alice, ["grant", "--request", nothing], 4), (.alice, ["sweep"], 3), (.alice, ["status"], 3),
      (.alice, ["rotate", "admin"], 3), (.alice, ["token", "create", "ci"], 3), (.alice, ["policy", "reload"], 3),
      (.alice, ["leases", "--all"], 3), (.dba, ["grant", "support-read", "--reason", "x"], 3),
    ] {
      let run = try deployment.ctl(person, arguments)
      #expect(run.status == status, "\(person) \(arguments): \(run.status) \(run.errors)")
      #expect(run.errors.contains("error:") && run.errors.contains("next:"), "\(arguments): \(run.errors)")
    }
  }

  @Test(.enabled(if: Pagila.folder != nil, "Pagila is in ../shared/data, which a plain clone has not"))
  func `what is asked for as JSON is JSON, and nothing else`() throws {
    let deployment = try Pagila.deployment()
    let request = try deployment.grant(.alice, "support-read")
    for arguments in [
      ["scopes"], ["leases", "--all"], ["leases", "--stuck"], ["sessions", "--all"], ["requests", "--all"], ["status"], ["sweep"],
      ["token", "list"], ["whoami"], ["rotate", "admin"], ["policy", "check", "--live"], ["policy", "reload"],
      ["policy", "explain", "support-read", "--as", "alice", "--reason", "x"],
      ["policy", "explain", "support-read", "--sql", "SELECT * FROM film"], ["renew", request.lease.id],
      ["revoke", request.lease.id],
    ] {
      // What a lease's holder does, the operator may do as well, but for renewing.
      let person: Person = arguments[0] == "renew" ? .alice : .dba
      let run = try deployment.ctl(person, arguments + ["--format", "json"])
      #expect(run.status == 0, "\(arguments): \(run.status) \(run.errors)")
      #expect(throws: Never.self, "\(arguments): \(run.output.prefix(300))") {
        try JSONSerialization.jsonObject(with: Data(run.output.utf8))
      }
      #expect(!run.output.contains("\u{1b}["))
    }
    let text = try deployment.ctl(.dba, ["leases", "--all"])
    #expect(!text.output.contains("\u{1b}["), "no colours where no terminal is")
  }

  @Test(.enabled(if: Pagila.folder != nil, "Pagila is in ../shared/data, which a plain clone has not"))
  func `a connection comes in every form that clients take, and each works`() throws {
    let deployment = try Pagila.deployment()
    let directory = deployment.directory + "/people/alice"
    func ask(_ format: String) throws -> String {
      let asked = try deployment.ctl(.alice, ["grant", "support-read", "--reason", "INC-1", "--format", format])
      #expect(asked.status == 0, "\(asked.errors)")
      return asked.output.trimmingCharacters(in: .newlines)
    }
    let query = ["-XAtc", "SELECT 'works'"]
    #expect(try ChildProcess.run("psql", query + [ask("url")]).output == "works\n")
    let exports = try ask("env")
    #expect(try ChildProcess.run("bash", ["-c", "eval \"$0\"; psql -XAtc \"SELECT 'works'\"", exports]).output == "works\n")
    try ask("service").write(toFile: directory + "/service", atomically: true, encoding: .utf8)
    let service = ["PGSERVICEFILE": directory + "/service", "PGSERVICE": "support-read"]
    #expect(try ChildProcess.run("psql", query, environment: service).output == "works\n")
    let line = try ask("pgpass")
    try line.write(toFile: directory + "/pgpass", atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: directory + "/pgpass")
    let user = String(line.split(separator: ":")[3])
    let environment = [
      "PGPASSFILE": directory + "/pgpass", "PGHOST": "localhost", "PGPORT": String(deployment.proxyPort), "PGUSER": user,
      "PGDATABASE": "pagila", "PGSSLMODE": "verify-full", "PGSSLROOTCERT": deployment.authority,
    ]
    #expect(try ChildProcess.run("psql", query, environment: environment).output == "works\n")
    #expect(try ask("text").contains("jit_alice_"))
    let connect = try deployment.ctl(.alice, ["connect", "desk", "--reason", "INC-1", "--"] + query)
    #expect(connect.output == "works\n", "\(connect.errors)")
  }
}
