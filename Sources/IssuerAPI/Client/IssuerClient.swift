import FoundationEssentials

/// The issuer's HTTP interface (docs/openapi.yaml), one method for each route; they stand beside their resource's types. Blocking,
/// and safe to use from several threads.
public struct IssuerClient: Sendable {
  public let http: HTTPClient

  public init(_ endpoint: HTTPEndpoint, token: String? = nil) { http = HTTPClient(endpoint, token: token) }

  func get<Answer: Decodable>(
    _ path: String, _ query: [(name: String, value: String?)] = [], timeoutSeconds: Int = 30
  ) throws(IssuerFailure) -> Answer {
    try call("GET", path + Self.query(query), timeoutSeconds: timeoutSeconds)
  }

  func post<Answer: Decodable>(_ path: String, _ body: some Encodable, timeoutSeconds: Int = 30) throws(IssuerFailure) -> Answer {
    try call("POST", path, body: try Self.encode(body), timeoutSeconds: timeoutSeconds)
  }

  func post<Answer: Decodable>(_ path: String, timeoutSeconds: Int = 30) throws(IssuerFailure) -> Answer {
    try call("POST", path, body: Array("{}".utf8), timeoutSeconds: timeoutSeconds)
  }

  func call<Answer: Decodable>(
    _ method: String, _ target: String, body: [UInt8]? = nil, timeoutSeconds: Int = 30
  ) throws(IssuerFailure) -> Answer {
    let answer = try bytes(method, target, body: body, timeoutSeconds: timeoutSeconds)
    return try Self.decode(answer[...])
  }

  func bytes(
    _ method: String, _ target: String, body: [UInt8]? = nil, timeoutSeconds: Int = 30
  ) throws(IssuerFailure) -> [UInt8] {
    let answer: HTTPClient.Answer
    do { answer = try http.send(method, target, body: body, timeoutSeconds: timeoutSeconds) } catch {
      throw IssuerFailure(error, at: http.endpoint)
    }
    guard (200...299).contains(answer.status) else { throw Self.failure(answer) }
    return answer.body
  }

  static func failure(_ answer: HTTPClient.Answer) -> IssuerFailure {
    if let error = try? JSONDecoder().decode(APIError.self, from: Data(answer.body)) {
      return IssuerFailure(status: answer.status, error: error)
    }
    return IssuerFailure(
      status: answer.status,
      error: APIError(
        code: "malformed", message: "an answer with status \(answer.status) that is none of the issuer's",
        next: "is this the issuer's address?"))
  }

  static func encode(_ body: some Encodable) throws(IssuerFailure) -> [UInt8] {
    do { return Array(try JSONEncoder().encode(body)) } catch {
      throw IssuerFailure(
        kind: .invalid, code: "invalid", message: "the request cannot be written as JSON", next: "check its texts")
    }
  }

  static func decode<Answer: Decodable>(_ bytes: ArraySlice<UInt8>) throws(IssuerFailure) -> Answer {
    do { return try JSONDecoder().decode(Answer.self, from: Data(bytes)) } catch {
      // The error's own text could quote the answer, which may hold a password.
      throw IssuerFailure(
        kind: .failed, code: "malformed", message: "the issuer's answer is not what its interface says",
        next: "are issuerctl and issuerd of the same version? compare their --version")
    }
  }

  /// `?a=b&c=d`; pairs without a value are left out.
  static func query(_ pairs: [(name: String, value: String?)]) -> String {
    let parts = pairs.compactMap { pair in pair.value.map { "\(pair.name)=\(HTTPClient.encoded($0))" } }
    return parts.isEmpty ? "" : "?" + parts.joined(separator: "&")
  }

  /// A path with an id in it.
  static func path(_ prefix: String, _ id: String, _ suffix: String = "") -> String { prefix + HTTPClient.encoded(id) + suffix }
}

/// Health, for load balancers and Prometheus.
extension IssuerClient {
  /// `GET /healthz`: throws unless the process answers.
  public func checkHealth() throws(IssuerFailure) { _ = try bytes("GET", "/healthz", timeoutSeconds: 5) }

  /// `GET /readyz`: throws unless it can issue: vault open, ledger reachable, policy loaded.
  public func checkReadiness() throws(IssuerFailure) { _ = try bytes("GET", "/readyz", timeoutSeconds: 10) }

  /// `GET /metrics`: Prometheus' text format.
  public func metrics() throws(IssuerFailure) -> String { String(decoding: try bytes("GET", "/metrics"), as: UTF8.self) }
}
