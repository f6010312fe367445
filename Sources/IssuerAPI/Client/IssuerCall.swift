/// A call of the issuer for whoever carries it there and back himself: what to send, and how the answer reads.
public struct IssuerCall<Answer: Decodable & Sendable>: Sendable {
  /// Percent-encoded; the method is POST.
  public let target: String
  /// JSON.
  public let body: [UInt8]

  init(_ target: String, _ body: some Encodable) throws(IssuerFailure) {
    self.target = target
    self.body = try IssuerClient.encode(body)
  }

  /// Reads what came back.
  /// - Throws: the issuer's refusal, or that the answer is none of the issuer's.
  public func read(_ answer: HTTPClient.Answer) throws(IssuerFailure) -> Answer {
    guard (200...299).contains(answer.status) else { throw IssuerClient.failure(answer) }
    return try IssuerClient.decode(answer.body[...])
  }
}

extension IssuerCall<ProxyLoginChallenge> {
  /// `POST /v1/proxy/logins`.
  public static func begin(_ login: ProxyLoginBegin) throws(IssuerFailure) -> Self { try Self("/v1/proxy/logins", login) }
}

extension IssuerCall<ProxySession> {
  /// `POST /v1/proxy/logins/{login}/proof`. Its answer is `.denied` for a wrong proof, a lease that is over, and a login that was
  /// proved already.
  public static func prove(_ login: String, _ proof: ProxyLoginProof) throws(IssuerFailure) -> Self {
    try Self(IssuerClient.path("/v1/proxy/logins/", login, "/proof"), proof)
  }
}
