import Foundation
import IssuerAPI
import OpenSSL
import PostgresClient
import PostgresWire
import Sodium
import TestSupport
import Testing

@testable import Issuer

/// What issuerd keeps of leases that logged in before makes the next login quick, and nothing else.
@Suite(.serialized) struct KnownLoginTests {
  static let fixture = Task { try await IssuerFixture() }

  private static let derived = "issuer_logins_derived_total"
  private static let known = "issuer_logins_known"

  private struct Granted {
    var lease: Lease
    var connection: Connection
  }

  /// A lease that has logged in once.
  private func lease(_ issuer: IssuerFixture) throws -> Granted {
    let request = try issuer.ask("shop-read")
    let granted = Granted(lease: try #require(request.lease), connection: try #require(request.connection))
    _ = try login(issuer, granted)
    return granted
  }

  private func login(_ issuer: IssuerFixture, _ granted: Granted) throws -> ProxySession {
    try issuer.login(role: granted.connection.user, password: granted.connection.password)
  }

  private func refusal(_ body: () throws -> ProxySession) -> IssuerFailure? {
    let failure = #expect(throws: IssuerFailure.self) { try body() }
    #expect(failure?.code == "login_refused")
    return failure
  }

  @Test func `a lease's verifier is derived for its first login only`() async throws {
    let issuer = try await Self.fixture.value
    let granted = try lease(issuer)
    let before = try issuer.metric(Self.derived)
    for _ in 0..<3 { #expect(try login(issuer, granted).lease == granted.lease.id) }
    #expect(try issuer.metric(Self.derived) == before)
  }

  @Test func `a wrong proof goes the same way for a known lease, a new one and a role that never was`() async throws {
    let issuer = try await Self.fixture.value
    let granted = try lease(issuer)
    let fresh = try #require(try issuer.ask("shop-read").connection)
    let known = try issuer.metric(Self.known)
    var messages: Set<String> = []
    for role in [granted.connection.user, fresh.user, "jit_nobody_cccccccccc"] {
      let before = try issuer.metric(Self.derived)
      messages.insert(refusal { try issuer.login(role: role, password: "wrong", from: "192.0.2.7:1") }?.message ?? "")
      #expect(try issuer.metric(Self.derived) == before + 1)
    }
    #expect(messages.count == 1)
    #expect(try issuer.metric(Self.known) == known, "a wrong proof puts nothing in")
  }

  @Test func `a known lease opens for its own secret and database only`() async throws {
    let issuer = try await Self.fixture.value
    let (one, other) = (try lease(issuer), try lease(issuer))
    _ = refusal { try issuer.login(role: one.connection.user, password: other.connection.password, from: "192.0.2.8:1") }
    _ = refusal {
      try issuer.login(role: one.connection.user, password: one.connection.password, database: "postgres", from: "192.0.2.8:1")
    }
    #expect(try login(issuer, one).lease == one.lease.id)
  }

  @Test func `a proof of a known lease is good for its own exchange only`() async throws {
    let issuer = try await Self.fixture.value
    let granted = try lease(issuer)
    func begin(_ clientFirst: String) throws -> ProxyLoginChallenge {
      try issuer.proxy.beginLogin(
        ProxyLoginBegin(
          proxy: "proxy-1", role: granted.connection.user, database: "shop", clientAddress: "192.0.2.9:1",
          clientFirst: clientFirst, channelBinding: nil, plus: false))
    }
    var client = ScramClient(
      .password(WipedBytes(Array(granted.connection.password.utf8))), nonce: "abcdefghijklmnopqrstuvwx", binding: .none)
    let first = try begin(client.first)
    let proof = ProxyLoginProof(clientFinal: try client.answer(first.serverFirst))
    let second = try begin(client.first)
    #expect(first.serverFirst != second.serverFirst)
    let failure = #expect(throws: IssuerFailure.self) { try issuer.proxy.proveLogin(second.login, proof) }
    #expect(failure?.code == "login_refused")
  }

  @Test func `a known lease that was revoked is refused, and forgotten`() async throws {
    let issuer = try await Self.fixture.value
    let granted = try lease(issuer)
    let known = try issuer.metric(Self.known)
    _ = try issuer.client.revoke(granted.lease.id, reason: "test")
    _ = refusal { try login(issuer, granted) }
    try await until("it is forgotten") { try issuer.metric(Self.known) < known }
  }

  @Test func `a known lease that another issuer ended is refused at once, event or none`() async throws {
    let issuer = try await Self.fixture.value
    let ledger = try issuer.server.connect(database: "issuer")
    let told = try lease(issuer)
    try ledger.query("SET ROLE issuer_admin")
    try ledger.query("SELECT issuer.disable(ARRAY[$1::uuid], 'by another', 'other')", [told.lease.id])
    _ = refusal { try login(issuer, told) }
    // As if the notification had been lost: the ledger alone says that it is over.
    let silent = try lease(issuer)
    let known = try issuer.metric(Self.known)
    try ledger.query("UPDATE issuer.lease SET state = 'disabled', disabled_at = now() WHERE id = $1", [silent.lease.id])
    _ = refusal { try login(issuer, silent) }
    #expect(try issuer.metric(Self.known) <= known - 1, "the refusal itself forgets it")
  }

  @Test func `a known lease is refused from its deadline on`() async throws {
    let issuer = try await Self.fixture.value
    let granted = try lease(issuer)
    let ledger = try issuer.server.connect(database: "issuer")
    // Claimed by somebody: the sweep leaves it active, past its deadline.
    try ledger.query(
      """
      UPDATE issuer.lease SET deadline = clock_timestamp(), claimed_by = gen_random_uuid(), claimed_until = now() + interval '1 hour'
      WHERE id = $1
      """, [granted.lease.id])
    _ = refusal { try login(issuer, granted) }
    try ledger.query("UPDATE issuer.lease SET claimed_by = NULL, claimed_until = NULL WHERE id = $1", [granted.lease.id])
  }

  @Test func `so many are kept and no more, the last ones to log in`() throws {
    let logins = try KnownLogins(countMax: 3)
    let leases = (0..<5).map { number in
      LeaseForLogin(
        leaseID: "lease-\(number)", person: "ada", scope: "s", scopeHash: "h", database: "shop", role: "jit_\(number)",
        delivery: .proxy, derivationKey: "1", iterations: 1, reason: "", remainingMilliseconds: 1, enforcement: "strict")
    }
    func verifier(_ number: Int) -> ScramVerifier {
      ScramKeys(password: Array("secret \(number)".utf8), salt: [1], iterations: 1).verifier(salt: [1], iterations: 1)
    }
    func keeps(_ number: Int, database: String = "shop") -> Bool {
      let known = logins.find(role: "jit_\(number)", database: database)
      let fits = known.verifier(salt: [1], iterations: 1) == verifier(number)
      #expect(fits == (known.lease?.leaseID == "lease-\(number)"))
      return fits
    }
    for number in 0..<3 { try logins.remember(leases[number], verifier(number)) }
    #expect(keeps(0) && keeps(1) && keeps(2) && !keeps(0, database: "postgres"))
    #expect(keeps(0))
    try logins.remember(leases[3], verifier(3))
    #expect(!keeps(1) && keeps(0) && keeps(2) && keeps(3) && logins.count == 3)
    logins.forget(leases: ["lease-0", "lease-1", "no lease"])
    #expect(!keeps(0) && keeps(2) && keeps(3) && logins.count == 2)
    logins.forgetAll()
    #expect(!keeps(2) && logins.count == 0)
  }
}
