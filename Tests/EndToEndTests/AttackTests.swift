import Foundation
import TestSupport
import Testing

/// Tests/Attacks and Tests/Benign, one statement or a few a file, as leased roles through the proxy: simple, extended text, extended
/// binary. The attacks run on two deployments that differ only in masked values; what comes back must not.
@Suite(.serialized) struct AttackTests {
  static let sides = Result { [try Deployment(blueprint("a")), try Deployment(blueprint("b"))] }

  static func blueprint(_ side: String) -> Blueprint {
    Blueprint(
      databases: ["attack"], owner: "shop_owner",
      prepare: { server in
        try Blueprint.psql(
          server, "postgres",
          ["-c", "CREATE ROLE shop_owner LOGIN PASSWORD '\(server.superuserPassword)'", "-c", "CREATE DATABASE attack"])
        let schema = Binaries.packageRoot.appendingPathComponent("Tests/Attacks/schema.sql").path
        try Blueprint.psql(server, "attack", ["-c", "SET attack.side = '\(side)'", "-f", schema])
        try Blueprint.psql(server, "attack", ["-f", Binaries.client("attack-restore.sql")])
        try Blueprint.close(server, ["attack"], keeping: "TEMP")
        try Blueprint.psql(server, "attack", ["-c", "GRANT CONNECT, TEMP ON DATABASE attack TO shop_owner"])
      },
      policy: """
        version: 1
        cluster: main

        identities:
          dba: {login: unix, unixUser: \(NSUserName()), groups: [dba]}
          alice: {login: token}
          bob: {login: token}
          carol: {login: token}
          ci: {login: token}

        operators: {users: [dba]}

        databases:
          attack:
            masks:
              public.users.email: email
              public.users.card: last4
              public.users.ssn: redact
              public.users.born: year
              public.events.email: email
            trusted:
              - object: app.keep_history()
                reason: pins its search_path and writes only the history, which is in no scope

        scopes:
          attack:
            database: attack
            privileges:
              - tables: [public.users, public.orders, public.order_items, public.events, public.events_2024, public.events_2025]
                grant: [select, insert, update, delete]
                writeMasked: true
              - {tables: [app.users, public.user_names], grant: [select]}

        access:
          - {name: all, who: {groups: [dba]}, scopes: [attack], lifetime: {max: 1h}, reason: optional}

        """)
  }

  /// Attacks whose answers differ for a reason that has nothing to do with values.
  static let noise = [
    "212-advisory-locks.sql": "it lists the locks of both issuers, which have random numbers"
  ]

  /// Benign files that are answered differently on purpose (docs/masking.md).
  static let different: [String: String] = [
    "107-psql-list-roles.sql": "roles of leases come and go",
    "092-listen.sql": "payloads of notifications are emptied: triggers notify whole rows",
  ]

  /// What one run of attacks.py prints.
  struct Finding: Decodable {
    var file: String?
    var form: String?
    var problem: String?
    var message: Int?
    var found: [String]?
    var a: String?
    var b: String?
    var mine: String?
    var owner: String?
    var count: Int?
    /// Of random statements, how many the server answered.
    var answered: Int?
  }

  private func run(_ kind: String, folder: String) throws -> [Finding] {
    try Self.run(
      "attacks.py", named: kind,
      ["folder": Binaries.packageRoot.appendingPathComponent("Tests/\(folder)").path, "kind": kind, "shard": [0, 1]])
  }

  /// Runs a client that compares the two sides.
  static func run(
    _ script: String, named name: String, _ settings: [String: Any], secondsMax: Double = 900
  ) throws -> [Finding] {
    let sides = try Self.sides.get()
    let sideSettings: [[String: Any]] = sides.map { side in
      [
        "socket": side.peopleSocket, "superuser": side.server.superuserPassword,
        "proxy": place("localhost", side.proxyPort, side), "direct": place("localhost", side.server.port, side),
      ]
    }
    let path = "\(sides[0].directory)/people/\(name).json"
    let configuration = settings.merging(["sides": sideSettings]) { $1 }
    try JSONSerialization.data(withJSONObject: configuration).write(to: URL(fileURLWithPath: path))
    let ended = try ChildProcess(Binaries.python, [Binaries.client(script), path]).wait(seconds: secondsMax)
    #expect(ended.status == 0, "\(ended.errors)")
    let lines = ended.output.split(separator: "\n")
    return try lines.map { try JSONDecoder().decode(Finding.self, from: Data($0.utf8)) }
  }

  private static func place(_ host: String, _ port: Int, _ side: Deployment) -> [String: String] {
    ["host": host, "port": String(port), "dbname": "attack", "sslmode": "verify-full", "sslrootcert": side.authority]
  }

  private func files(_ folder: String) throws -> Int {
    let path = Binaries.packageRoot.appendingPathComponent("Tests/\(folder)").path
    return try FileManager.default.contentsOfDirectory(atPath: path).count { $0.first?.isNumber == true && $0.hasSuffix(".sql") }
  }

  private func judge(_ findings: [Finding], folder: String, known: [String: String]) throws {
    #expect(findings.compactMap(\.count).reduce(0, +) == (try files(folder)) * 3)
    for finding in findings where finding.count == nil && known[finding.file ?? ""] == nil { finding.record() }
  }

  @Test func `no attack gets a masked value, or tells two values apart`() throws {
    try judge(run("attacks", folder: "Attacks"), folder: "Attacks", known: Self.noise)
  }

  @Test func `what people and their tools send gives what it gives the owner, but for masked values`() throws {
    try judge(run("benign", folder: "Benign"), folder: "Benign", known: Self.different)
  }
}
