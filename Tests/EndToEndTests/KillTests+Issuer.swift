import Foundation
import IssuerAPI
import PostgresClient
import TestSupport
import Testing

extension KillTests {
  @Suite(.serialized) struct Issuer {
    @Test func `after kill -9 of issuerd ledger and roles agree, and nothing is lost, forgotten or issued twice`() throws {
      let deployment = try KillTests.deployment()
      for number in KillTests.kills(12, soak: 200) {
        var generator = KillTests.generator("issuer", number)
        let load = try KillLoad(deployment, endurance: .endsWithTheIssuer, generator: SeededGenerator(seed: generator.next()))
        try KillTests.run(load, number) {
          try load.await(completed: Int.random(in: 1...60, using: &generator))
          usleep(UInt32.random(in: 0...30_000, using: &generator))
          try KillTests.killIssuer(deployment)
          usleep(UInt32.random(in: 0...100_000, using: &generator))
          try KillTests.startIssuer(deployment)
        }
        try KillTests.judge(load, number)
      }
      try KillTests.verifyTheIssuersRecord(deployment)
    }

    @Test func `what commits after its issuer died is in the ledger as well, and ends in time`() throws {
      let deployment = try KillTests.deployment()
      for number in KillTests.kills(2, soak: 20) {
        var generator = KillTests.generator("zombie", number)
        // Every issue and every end waits at the ledger, in the middle of its transaction.
        let dam = try deployment.server.connect(database: "issuer")
        let load = try KillLoad(deployment, endurance: .endsWithTheIssuer, generator: SeededGenerator(seed: generator.next()))
        try KillTests.run(load, number) {
          try load.await(completed: 10)
          try dam.execute(script: "BEGIN; LOCK TABLE issuer.lease IN SHARE ROW EXCLUSIVE MODE")
          try eventually("transactions to wait") { try KillTests.waiting(deployment) >= 2 }
          try KillTests.killIssuer(deployment)
          #expect(try KillTests.waiting(deployment) >= 2, "nobody outlived the issuer")
          // Some come through before the next issuer starts, some after it began to look round.
          if generator.chance(50) {
            try dam.query("COMMIT")
            try KillTests.startIssuer(deployment)
          } else {
            try deployment.issuer.start()
            usleep(UInt32.random(in: 0...1_500_000, using: &generator))
            try dam.query("COMMIT")
            try deployment.awaitIssuer()
          }
        }
        try KillTests.judge(load, number)
      }
    }
  }

  /// Runs a part of a campaign while clients are at work; they have ended when it returns.
  static func run(_ load: KillLoad, _ number: Int, _ body: () throws -> Void) throws {
    defer { load.stop() }
    do {
      try body()
    } catch {
      Issue.record(error, replay(number))
      throw error
    }
  }

  static func killIssuer(_ deployment: Deployment) throws {
    kill(deployment.issuer.processID, SIGKILL)
    try deployment.issuer.crash()
  }

  static func startIssuer(_ deployment: Deployment) throws {
    try deployment.issuer.start()
    try deployment.awaitIssuer()
  }

  /// The issuers' backends that wait for a lock.
  static func waiting(_ deployment: Deployment) throws -> Int {
    try deployment.count(
      "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'issuerd %' AND wait_event_type = 'Lock'")
  }

  /// What must be true when the issuer is up again and its clients have ended.
  static func judge(_ load: KillLoad, _ number: Int) throws {
    let ledger = KillLedger(deployment: load.deployment)
    #expect(try ledger.disagreements() == [], replay(number))
    do { try ledger.settle() } catch { Issue.record(error, replay(number)) }
    #expect(try ledger.disagreements() == [], replay(number))
    let book = load.read
    #expect(book.surprises == [], replay(number))
    try judgeAnswers(load, book, number)
    try judgePromises(book, ledger, number)
    // Roles cost the next kills time; and everything that lives can be ended.
    let client = try load.deployment.client(.dba)
    for lease in try client.leases(all: true).items { _ = try client.revoke(lease.id, reason: "done") }
    #expect(try ledger.disagreements() == [], replay(number))
  }

  /// Everything that was asked is asked twice again, and answered alike.
  private static func judgeAnswers(_ load: KillLoad, _ book: KillLoad.Book, _ number: Int) throws {
    for person in Set(book.asked.map(\.person)) {
      let client = try load.deployment.client(person)
      for asked in book.asked where asked.person == person {
        let (again, more) = (try client.createRequest(asked.create), try client.createRequest(asked.create))
        #expect(again.id == more.id && again.lease?.id == more.lease?.id, replay(number))
        guard let first = asked.answer else { continue }
        #expect(again.id == first.id, replay(number))
        if let lease = first.lease { #expect(again.lease?.id == lease.id && again.lease?.role == lease.role, replay(number)) }
      }
    }
    let keys = PostgresArray.text(book.asked.map(\.create.idempotencyKey))
    let twice = try load.deployment.truth(
      "SELECT idempotency_key FROM issuer.request WHERE idempotency_key = ANY ($1) GROUP BY 1 HAVING count(*) > 1", [keys],
      database: "issuer")
    #expect(twice.isEmpty, replay(number))
  }

  /// What clients were told still holds.
  private static func judgePromises(_ book: KillLoad.Book, _ ledger: KillLedger, _ number: Int) throws {
    // In this order: a lease may come to its end, and be swept, between the two.
    let leases = try ledger.leases()
    let now = try ledger.now
    for (lease, deadline) in book.deadlines {
      guard let row = leases[lease] else {
        Issue.record("the lease \(lease) was lost; \(replay(number))")
        continue
      }
      guard !book.revoked.contains(lease), deadline > now else { continue }
      #expect(row.state == "active" && row.deadline >= deadline, "\(row) was promised until \(deadline); \(replay(number))")
    }
    for lease in book.dropped { #expect(leases[lease]?.state == "dropped", replay(number)) }
  }

  /// The issuer's own chain is whole after all the kills, and knows every lease.
  static func verifyTheIssuersRecord(_ deployment: Deployment) throws {
    try verifyAudit(deployment, "issuer")
    let log = try auditText(deployment, "issuer")
    // Ten thousand searches of the whole log would take hours after a long campaign.
    let named = Set(log.split(separator: "\"").filter { $0.utf8.count == 36 }.map { String($0) })
    for lease in try KillLedger(deployment: deployment).leases().keys where !named.contains(lease) && !log.contains(lease) {
      Issue.record("the lease \(lease) is not on record; \(replay())")
    }
  }

  static func verifyAudit(_ deployment: Deployment, _ writer: String) throws {
    struct Key: Decodable { var publicKey: String }
    let answer = try deployment.client(.dba).http.send("GET", "/v1/audit/public-key")
    let key = try JSONDecoder().decode(Key.self, from: Data(answer.body)).publicKey
      .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    let verified = try deployment.ctl(.dba, ["audit", "verify", "--key", key, deployment.auditLog(writer)])
    #expect(verified.status == 0, "\(writer): \(verified.output)\(verified.errors); \(replay())")
  }

  static func auditText(_ deployment: Deployment, _ writer: String) throws -> String {
    let directory = deployment.auditLog(writer)
    return try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasSuffix(".jsonl") }.sorted()
      .map { try String(contentsOfFile: "\(directory)/\($0)", encoding: .utf8) }.joined()
  }
}
