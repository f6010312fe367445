import OpenSSL
import PostgresWire
import Testing

@testable import Tunnel

/// The login against a proxy made of the server's half of SCRAM.
@Suite struct TunnelLoginTests {
  private static let salt: [UInt8] = Array(1...16)
  private static let keys = ScramKeys(password: Array("secret".utf8), salt: salt, iterations: 4096)
  private static let binding: [UInt8] = [4, 5, 6]

  private static func access(_ secret: String = "secret") -> TunnelAccess {
    TunnelAccess(
      role: "jit_me_x", database: "shop", secret: WipedBytes(Array(secret.utf8)), host: "localhost", port: 6432, tls: nil)
  }

  private static func bytes(_ message: Authentication) -> [UInt8] {
    var writer = WireWriter()
    message.encode(into: &writer)
    return writer.bytes
  }

  private static let both = bytes(.sasl(mechanisms: ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"]))

  private static func body(_ message: [UInt8]) -> [UInt8] { Array(message.dropFirst(5)) }

  /// Drives the exchange to the server's signature.
  private static func proved(
    _ login: inout TunnelLogin, binding: [UInt8]?
  ) throws -> String {
    let first = try both.withSpan { try login.received($0) }
    let opening = try body(first.toProxy).withSpan { try SASLInitialResponse.decode($0) }
    #expect(opening.mechanism == (binding == nil ? "SCRAM-SHA-256" : "SCRAM-SHA-256-PLUS"))
    let server = ScramServer(
      try .init(opening.response ?? "", plusChosen: binding != nil, plusOffered: binding != nil), nonce: "server", salt: salt,
      iterations: 4096)
    let second = try bytes(.saslContinue(server.first)).withSpan { try login.received($0) }
    let proof = try body(second.toProxy).withSpan { try SASLResponse.decode($0) }
    return try server.verify(
      proof.response, verifier: keys.verifier(salt: salt, iterations: 4096), channelBinding: binding)
  }

  @Test(arguments: [nil, [4, 5, 6]] as [[UInt8]?])
  func `both sides prove themselves, with channel binding where there is TLS`(binding: [UInt8]?) throws {
    var login = TunnelLogin(Self.access(), nonce: "client", channelBinding: binding)
    let signature = try Self.proved(&login, binding: binding)
    let behind: [UInt8] = [UInt8(ascii: "Z"), 0, 0, 0, 5, UInt8(ascii: "I")]
    let last = Self.bytes(.saslFinal(signature)) + Self.bytes(.ok) + behind
    let step = try last.withSpan { try login.received($0) }
    #expect(step == TunnelLogin.Step(toProgram: Self.bytes(.ok) + behind, outcome: .admitted))
  }

  @Test func `messages come in whatever pieces`() throws {
    var login = TunnelLogin(Self.access(), nonce: "client", channelBinding: nil)
    let message = Self.bytes(.sasl(mechanisms: ["SCRAM-SHA-256"]))
    for byte in message.dropLast() {
      let step = try [byte].withSpan { try login.received($0) }
      #expect(step == TunnelLogin.Step())
    }
    let last = try [message.last!].withSpan { try login.received($0) }
    #expect(!last.toProxy.isEmpty)
  }

  @Test func `the proxy's refusal and its version are passed on`() throws {
    var login = TunnelLogin(Self.access(), nonce: "client", channelBinding: nil)
    var writer = WireWriter()
    NegotiateProtocolVersion(version: .newest, unknownExtensions: ["_pq_.x"]).encode(into: &writer)
    let error = ErrorResponse(.fatal, .invalidAuthorizationSpecification, "the lease is over").bytes
    let step = try (writer.bytes + error).withSpan { try login.received($0) }
    #expect(step == TunnelLogin.Step(toProgram: writer.bytes + error, outcome: .refused))
  }

  @Test func `who lets us in unproved, signs wrongly or asks for the password is no proxy of ours`() throws {
    for message in [Authentication.ok, .cleartextPassword, .md5Password, .saslFinal("v=AAAA")] {
      var login = TunnelLogin(Self.access(), nonce: "client", channelBinding: nil)
      let isRefused = (try? Self.bytes(message).withSpan { try login.received($0) }) == nil
      #expect(isRefused, "\(message)")
    }
    var login = TunnelLogin(Self.access(), nonce: "client", channelBinding: Self.binding)
    _ = try Self.proved(&login, binding: Self.binding)
    let forged = Self.bytes(.saslFinal("v=" + String(repeating: "A", count: 43) + "="))
    let isRefused = (try? forged.withSpan { try login.received($0) }) == nil
    #expect(isRefused)
  }

  @Test func `a message that is out of bounds or out of place is refused`() {
    for bytes: [UInt8] in [[UInt8(ascii: "D"), 0, 0, 0, 4], [UInt8(ascii: "E"), 0, 1, 0, 0], [0xff, 0, 0, 0, 4]] {
      var login = TunnelLogin(Self.access(), nonce: "client", channelBinding: nil)
      let isRefused = (try? bytes.withSpan { try login.received($0) }) == nil
      #expect(isRefused, "\(bytes)")
    }
  }
}
