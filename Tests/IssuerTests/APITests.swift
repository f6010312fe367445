import Foundation
import IssuerAPI
import TestSupport
import Testing

@testable import Issuer

@Suite(.serialized) struct APITests {
  static let fixture = Task { try await IssuerFixture() }

  /// Status and error of a raw call.
  private func call(
    _ issuer: IssuerFixture, _ method: String, _ path: String, _ body: String? = nil, socket: String = "issuer.sock"
  ) throws -> (status: Int, error: APIError?) {
    let answer = try HTTPClient(.unixSocket(issuer.directory + "/" + socket), token: nil).send(
      method, path, body: body.map { Array($0.utf8) }, timeoutSeconds: 30)
    return (answer.status, try? JSONDecoder().decode(APIError.self, from: Data(answer.body)))
  }

  @Test(
    arguments: [
      ("POST", "/v1/requests", "", 400), ("POST", "/v1/requests", "{", 400), ("POST", "/v1/requests", "[]", 400),
      ("POST", "/v1/requests", "{}", 400), ("POST", "/v1/requests", #"{"scope":1}"#, 400),
      ("POST", "/v1/requests", #"{"scope":"shop-read","reason":"x","breakGlass":false,"idempotencyKey":"k","extra":1}"#, 400),
      ("POST", "/v1/requests", #"{"scope":"shop-read","reason":"x","breakGlass":false,"idempotencyKey":"a b"}"#, 400),
      ("POST", "/v1/requests", #"{"scope":"shop-read","reason":"x\ny","breakGlass":false,"idempotencyKey":"k"}"#, 400),
      (
        "POST", "/v1/requests",
        #"{"scope":"shop-read","reason":"x","breakGlass":false,"idempotencyKey":"k","lifetimeSeconds":-1}"#, 403
      ),
      (
        "POST", "/v1/requests",
        #"{"scope":"shop-read","reason":"x","breakGlass":false,"idempotencyKey":"k","lifetimeSeconds":1e400}"#,
        400
      ),
      ("POST", "/v1/requests", #"{"scope":"nowhere","reason":"x","breakGlass":false,"idempotencyKey":"k"}"#, 403),
      ("POST", "/v1/requests", #"{"scope":"shop-read","reason":"","breakGlass":false,"idempotencyKey":"k"}"#, 403),
      ("GET", "/v1/requests?state=nothing", nil, 400), ("GET", "/v1/requests?what=1", nil, 400),
      ("GET", "/v1/requests?all=true&all=true", nil, 400), ("GET", "/v1/requests/not-a-uuid", nil, 404),
      ("GET", "/v1/requests/00000000-0000-4000-8000-000000000000", nil, 404),
      ("GET", "/v1/requests/00000000-0000-4000-8000-000000000000?waitSeconds=99999999999999999999", nil, 400),
      ("GET", "/v1/leases/00000000-0000-4000-8000-000000000000", nil, 404), ("GET", "/v1/nothing", nil, 404),
      ("GET", "/", nil, 404),
      ("DELETE", "/v1/tokens/00000000-0000-4000-8000-000000000000", nil, 404),
      ("POST", "/v1/tokens", #"{"identity":"nobody","note":"","lifetimeSeconds":3600}"#, 400),
      ("POST", "/v1/leases/00000000-0000-4000-8000-000000000000/renew", #"{"lifetimeSeconds":"x"}"#, 400),
      ("POST", "/v1/proxy/logins", "{}", 404),
    ] as [(String, String, String?, Int)])
  func `bad input is answered by a clear error`(method: String, path: String, body: String?, status: Int) async throws {
    let issuer = try await Self.fixture.value
    let answer = try call(issuer, method, path, body)
    #expect(answer.status == status)
    let error = try #require(answer.error)
    #expect(!error.code.isEmpty && !error.message.isEmpty && !error.next.isEmpty)
  }

  @Test func `a body over the ceiling is refused unread`() async throws {
    let issuer = try await Self.fixture.value
    let reason = String(repeating: "x", count: 200_000)
    let answer = try call(
      issuer, "POST", "/v1/requests", #"{"scope":"shop-read","reason":"\#(reason)","breakGlass":false,"idempotencyKey":"k"}"#)
    #expect(answer.status == 413)
    #expect(answer.error?.code == "too_large")
  }

  @Test func `the kernel says who is at the other end of the socket`() async throws {
    let issuer = try await Self.fixture.value
    let me = try issuer.client.whoAmI()
    #expect(me.person == IssuerFixture.user)
    #expect(me.proof == .unixPeer)
    #expect(me.operates)
    #expect(me.groups == ["dba"])
  }

  @Test func `a user whom policy does not know is refused`() async throws {
    let issuer = try await Self.fixture.value
    // The test runs as root and can become somebody else; `nobody` is in no policy of ours.
    try #require(getuid() == 0)
    let answer = try ChildProcess.run(
      "runuser",
      [
        "-u", "nobody", "--", "curl", "-s", "-w", "%{http_code}", "--unix-socket",
        issuer.directory + "/issuer.sock", "http://issuer/v1/whoami",
      ])
    #expect(answer.output.hasSuffix("403"))
    #expect(answer.output.contains("nobody"))
    let proxy = try ChildProcess.run(
      "runuser",
      [
        "-u", "nobody", "--", "curl", "-s", "-w", "%{http_code}", "-X", "POST", "-d", "{}", "--unix-socket",
        issuer.directory + "/proxy.sock", "http://issuer/v1/proxy/logins",
      ])
    #expect(proxy.output.hasSuffix("403"))
  }

  @Test func `the health of the daemon needs no identity`() async throws {
    let issuer = try await Self.fixture.value
    for path in ["/healthz", "/readyz", "/metrics"] {
      #expect(try call(issuer, "GET", path).status == 200)
      #expect(try call(issuer, "GET", path, socket: "proxy.sock").status == 200)
    }
    #expect(try call(issuer, "GET", "/v1/whoami", socket: "proxy.sock").status == 404)
  }

  @Test func `a token is shown once, listed, and revoked`() async throws {
    let issuer = try await Self.fixture.value
    let made = try issuer.client.createToken(TokenCreate(identity: "ci", note: "test", lifetimeSeconds: 3600))
    #expect(made.secret.hasPrefix("iss_"))
    #expect(try issuer.client.tokens().items.contains { $0.id == made.token.id && $0.state == .valid })
    #expect(try issuer.client.revokeToken(made.token.id).state == .revoked)
    let stored = try issuer.server.connect(database: "issuer").query("SELECT count(*) AS n FROM issuer.api_token").single()
    #expect(try stored.integer("n") == 1)
  }

  @Test func `a policy file that does not load leaves the old one in force`() async throws {
    let issuer = try await Self.fixture.value
    let path = issuer.directory + "/policy.yaml"
    let good = try String(contentsOfFile: path, encoding: .utf8)
    let before = try issuer.client.livePolicy().fingerprint
    try "version: 1\nnonsense: true\n".write(toFile: path, atomically: true, encoding: .utf8)
    let failure = #expect(throws: IssuerFailure.self) { try issuer.client.reloadPolicy() }
    #expect(failure?.code == "invalid")
    #expect(try issuer.client.livePolicy().fingerprint == before)
    try good.write(toFile: path, atomically: true, encoding: .utf8)
    #expect(try issuer.client.reloadPolicy().changed == false)
  }

  @Test func `what the issuer does is under a checkpoint in the ledger soon after, not only after a minute`() async throws {
    let issuer = try await Self.fixture.value
    func covered() throws -> UInt64 { try issuer.client.checkpoints(writer: "issuerd").items.first?.sequence ?? 0 }
    for _ in 0..<2 {
      let before = try covered()
      _ = try issuer.ask("shop-read")
      try await until("a checkpoint covers it", seconds: 20) { try covered() > before }
    }
    #expect(try issuer.client.checkpoints(writer: "issuerd").items.count >= 2, "earlier ones are told as well")
  }

  @Test func `status tells what an operator wants to know`() async throws {
    let issuer = try await Self.fixture.value
    let status = try issuer.client.status()
    #expect(status.cluster == "main")
    #expect(status.ledgerVersion >= 2)
    #expect(status.adminRotatedAt != nil, "init rotated it, long before this process")
    #expect(status.checks.contains { $0.name == "every scope is enforced" && $0.outcome == .ok })
  }
}
