/// Where an issuer listens.
public enum HTTPEndpoint: Sendable, Equatable {
  /// The path of a Unix socket.
  case unixSocket(String)
  /// `https://host[:port]` without a path; the file of the authority's certificates, nil for the system's.
  case https(String, authorityFile: String?)
}

/// One request, as the handle sends it.
struct HTTPExchange {
  var endpoint: HTTPEndpoint
  var method: String
  /// Percent-encoded, from the first slash on.
  var target: String
  var headers: [String]
  var body: [UInt8]
  var hasBody: Bool
  /// 0 is without.
  var timeoutMilliseconds: Int
  /// 0 is without.
  var silenceSecondsMax: Int

  var url: String {
    switch endpoint {
    case .unixSocket: "http://issuer" + target
    case .https(let base, _): base + target
    }
  }
}

/// Why a request got no answer. Texts are libcurl's and hold no secrets.
public enum HTTPFailure: Error, Sendable, Equatable {
  /// Nobody listens there.
  case unreachable(String)
  /// The server's certificate was not accepted, or TLS failed otherwise.
  case tls(String)
  case timedOut(String)
  /// The connection ended before the answer did: whether the request was carried out is unknown.
  case lost(String)
  /// The answer is longer than its ceiling, or the caller ended the stream.
  case stopped
}
