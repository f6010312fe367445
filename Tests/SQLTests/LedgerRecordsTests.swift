import Foundation
import PostgresClient
import TestSupport
import Testing

extension LedgerSuites {
  @Suite(.serialized) struct LedgerRecords {
    @Test(arguments: PostgresServer.majors)
    func `a checkpoint's sequence never goes back`(major: Int) throws {
      let ledger = try LedgerFixture.of(major).ledger()
      func put(_ sequence: Int, _ head: String) throws -> Bool {
        try ledger.query(
          "SELECT issuer.checkpoint_put('proxy-1', $1, $2, 's', 'p', 'now') AS new", [String(sequence), head]
        ).single().boolean("new")
      }
      #expect(try put(5, "a") && put(9, "b") && !put(9, "b"))
      for (sequence, head) in [(9, "c"), (8, "b"), (5, "a")] {
        let error = #expect(throws: PostgresError.self) { try put(sequence, head) }
        #expect(error?.sqlState == "IS409")
      }
      let kept = try ledger.query("SELECT * FROM issuer.checkpoints('proxy-1', 10)").rows
      #expect(kept.map { $0["head"] } == ["b", "a"] && kept[0]["sequence"] == "9")
    }

    @Test(arguments: PostgresServer.majors)
    func `of old checkpoints the last of each day is kept`(major: Int) throws {
      let ledger = try LedgerFixture.of(major).ledger()
      func put(_ sequences: ClosedRange<Int>) throws {
        try ledger.query(
          "SELECT issuer.checkpoint_put('proxy-2', n, 'h', 's', 'p', 'now') FROM generate_series($1::bigint, $2::bigint) AS n",
          [String(sequences.lowerBound), String(sequences.upperBound)])
      }
      func kept() throws -> [Int] {
        try ledger.query("SELECT sequence FROM issuer.checkpoints('proxy-2', 1000) ORDER BY sequence").rows.map {
          try $0.integer("sequence")
        }
      }
      for day in 0..<3 {
        try put(day * 50 + 1...day * 50 + 50)
        try ledger.query("UPDATE issuer.checkpoint SET stored_at = stored_at - interval '1 day' WHERE writer = 'proxy-2'")
      }
      #expect(try kept() == [50] + Array(51...150))
      try put(151...400)
      #expect(try kept() == [50, 100, 150] + Array(301...400))
      #expect(try ledger.query("SELECT FROM issuer.checkpoints('proxy-2', 7)").rows.count == 7)
    }

    @Test(arguments: PostgresServer.majors)
    func `a token is found by its digest until it expires or is revoked`(major: Int) throws {
      let ledger = try LedgerFixture.of(major).ledger()
      let digest = #"\x00112233445566778899aabbccddeeff"#
      let id = UUID().uuidString
      try ledger.query(
        "SELECT issuer.token_create($1, 'ci', 'pipeline', '{ci}', $2, now() + interval '1 h', 'root')", [id, digest])
      let find = { try ledger.query("SELECT * FROM issuer.token_find($1)", [digest]).rows }
      #expect(try find().first?["person"] == "ci")
      try ledger.query("UPDATE issuer.api_token SET expires_at = now() WHERE id = $1", [id])
      #expect(try find().isEmpty)
      try ledger.query("UPDATE issuer.api_token SET expires_at = now() + interval '1 h' WHERE id = $1", [id])
      try ledger.query("SELECT issuer.token_revoke($1, 'root')", [id])
      #expect(try find().isEmpty)
      #expect(try ledger.query("SELECT issuer.tokens_json('ci') AS j").rows.count == 1)
    }

    @Test(arguments: PostgresServer.majors)
    func `sessions open only under a good lease and end with it`(major: Int) throws {
      let ledger = try LedgerFixture.of(major).ledger()
      let lease = try ledger.lease(person: "session\(major)")
      let good = try ledger.query("SELECT * FROM issuer.lease_for_login($1)", [lease.role]).single()
      #expect(good["person"] == "session\(major)" && good["reason"] == "INC-1")
      let session = UUID().uuidString
      let left = try ledger.query("SELECT issuer.session_open($1, $2, 'proxy-1', '10.0.0.1') AS ms", [session, lease.id]).single()
      #expect(try left.integer("ms") > 590_000)
      #expect(try ledger.query("SELECT issuer.sessions_json($1, 10)", ["session\(major)"]).rows.count == 1)
      try ledger.query("SELECT issuer.session_kill($1, 'bob', 'enough')", [session])
      #expect(try ledger.end([lease.id]) == [lease.id: "ok"])
      #expect(try ledger.query("SELECT issuer.sessions_json($1, 10)", ["session\(major)"]).rows.isEmpty)
      #expect(try ledger.query("SELECT FROM issuer.lease_for_login($1)", [lease.role]).rows.isEmpty)
      let over = #expect(throws: PostgresError.self) {
        try ledger.query("SELECT issuer.session_open($1, $2, 'proxy-1', '10.0.0.1')", [UUID().uuidString, lease.id])
      }
      #expect(over?.sqlState == "IS410")
    }

    @Test(arguments: PostgresServer.majors)
    func `a scope that is compiled anew takes over, and the old one is dropped after its leases`(major: Int) throws {
      let ledger = try LedgerFixture.of(major).ledger()
      try ledger.query("SELECT issuer.scope_begin('bbbb00000\(major % 10)', 'rolling', 'shop', '{}')")
      try ledger.query("SELECT issuer.scope_ready('bbbb00000\(major % 10)', '[]')")
      let granted = try ledger.grant(scope: "rolling")
      try ledger.query("SELECT issuer.scope_begin('cccc00000\(major % 10)', 'rolling', 'shop', '{}')")
      try ledger.query("SELECT issuer.scope_ready('cccc00000\(major % 10)', '[]')")
      #expect(try ledger.query("SELECT FROM issuer.scope_retirable()").rows.isEmpty)
      let lease = try #require(granted.lease)
      #expect(try ledger.end([lease]) == [lease: "ok"])
      let old = try ledger.query("SELECT * FROM issuer.scope_retirable()").single()
      try ledger.query("SELECT issuer.scope_drop($1)", [old["hash"]])
      #expect(try !ledger.roleExists(old.string("role_name")))
      let newer = try ledger.grant(scope: "rolling")
      #expect(
        try ledger.query("SELECT scope_hash FROM issuer.lease WHERE id = $1", [newer.lease]).single()["scope_hash"]?.hasPrefix(
          "cccc") == true)
    }

    @Test(arguments: PostgresServer.majors)
    func `a static role that is due is seen by one issuer at a time`(major: Int) throws {
      let fixture = try LedgerFixture.of(major)
      let one = try fixture.ledger()
      let two = try fixture.ledger()
      try one.query("SELECT issuer.static_role_put('billing', 'alternating', '{billing_a,billing_b}', 'shop', 3600)")
      try one.query("BEGIN")
      #expect(try one.query("SELECT * FROM issuer.static_role_due(10)").rows.count == 1)
      #expect(try two.query("SELECT * FROM issuer.static_role_due(10)").rows.isEmpty)
      try one.query("SELECT issuer.static_role_rotated('billing', 'billing_a')")
      try one.query("COMMIT")
      #expect(try two.query("SELECT * FROM issuer.static_role_due(10)").rows.isEmpty)
    }
  }
}
