/// The client's side of a login, from the server's first Authentication message to AuthenticationOk. By SCRAM only, and the server
/// is a stranger until it has signed.
public struct ClientAuthentication: ~Copyable, Sendable {
  public enum Outcome: Sendable, Equatable {
    /// A whole message for the server.
    case send([UInt8])
    case wait
    /// Both sides have proved themselves; settings follow.
    case admitted
  }

  private enum Step {
    /// The server is to offer mechanisms; it has our client-first-message; it has our proof; it has signed; it let us in.
    case offer, answer, signature, verified, admitted
  }

  private var step = Step.offer
  private var exchange: ScramClient?
  private let secret: ScramClient.Secret
  private let nonce: String
  private let channelBinding: [UInt8]?

  /// - Parameters:
  ///   - nonce: printable, random, 18 bytes or more in base64.
  ///   - channelBinding: the hash of the server's certificate (`tls-server-end-point`); nil without TLS, or where it has none.
  public init(_ secret: ScramClient.Secret, nonce: String, channelBinding: [UInt8]?) {
    self.secret = secret
    self.nonce = nonce
    self.channelBinding = channelBinding
  }

  /// - Throws: another proof than SCRAM, a message out of turn, a server that cannot sign. The text goes on from "the server: ".
  public mutating func received(_ message: Authentication) throws(WireError) -> Outcome {
    var writer = WireWriter()
    switch (step, message) {
    case (.offer, .sasl(let mechanisms)):
      guard let choice = ScramClient.choose(from: mechanisms, channelBinding: channelBinding) else {
        throw WireError(.authentication, "it offers no SCRAM-SHA-256")
      }
      let client = ScramClient(secret, nonce: nonce, binding: choice.binding)
      SASLInitialResponse(mechanism: choice.mechanism.rawValue, response: client.first).encode(into: &writer)
      exchange = consume client
      step = .answer
      return .send(writer.bytes)
    case (.answer, .saslContinue(let serverFirst)):
      guard let final = try exchange?.answer(serverFirst) else { preconditionFailure("no exchange") }
      SASLResponse(final).encode(into: &writer)
      step = .signature
      return .send(writer.bytes)
    case (.signature, .saslFinal(let serverFinal)):
      guard let exchange = exchange.take() else { preconditionFailure("no exchange") }
      try exchange.finish(serverFinal)
      step = .verified
      return .wait
    case (.verified, .ok):
      step = .admitted
      return .admitted
    case (_, .ok):
      // `trust`, or an impostor: nobody has proved to be the server that holds the verifier.
      throw WireError(.authentication, "it let us in without SCRAM; its pg_hba.conf must say scram-sha-256")
    case (_, .cleartextPassword), (_, .md5Password), (_, .other):
      throw WireError(.authentication, "it asks for another proof than SCRAM; its pg_hba.conf must say scram-sha-256")
    default:
      throw WireError(.authentication, "its SCRAM messages are out of turn")
    }
  }
}
