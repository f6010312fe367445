import Synchronization

/// HTTP over a Unix socket or TLS, blocking, for threads that may wait. Safe to use from several at once: each request takes a
/// handle of its own, and handles keep their connections open for the next one.
public final class HTTPClient: Sendable {
  public struct Answer: Sendable, Equatable {
    public var status: Int
    public var body: [UInt8]

    public init(status: Int, body: [UInt8]) {
      self.status = status
      self.body = body
    }
  }

  /// Above it an answer is refused.
  public static let answerBytesMax = 16 << 20
  /// Above it a line of a stream ends the stream.
  public static let lineBytesMax = 1 << 20
  private static let idleHandlesMax = 16

  public let endpoint: HTTPEndpoint
  private let token: String?
  private let idle = Mutex<[CurlHandle]>([])

  /// - Parameter token: sent as `Authorization: Bearer`; nil on Unix sockets, where the kernel says who calls.
  public init(_ endpoint: HTTPEndpoint, token: String? = nil) {
    self.endpoint = endpoint
    self.token = token
  }

  /// - Parameters:
  ///   - target: percent-encoded, such as `/v1/leases?state=active`.
  ///   - body: JSON; nil sends none.
  public func send(
    _ method: String, _ target: String, body: [UInt8]? = nil, timeoutSeconds: Int = 30
  ) throws(HTTPFailure) -> Answer {
    let handle = try take()
    defer { giveBack(handle) }
    var answer = Answer(status: 0, body: [])
    answer.status = try handle.perform(
      exchange(method, target, body, timeoutMilliseconds: timeoutSeconds * 1000),
      receive: { chunk in
        guard answer.body.count + chunk.count <= Self.answerBytesMax else { return false }
        answer.body += chunk
        return true
      }, goesOn: { true })
    return answer
  }

  /// Sends a request and gives each line of its answer to `line` until that returns false, the server ends the stream, or nothing
  /// came for `silenceSecondsMax`.
  ///
  /// - Parameter goesOn: asked about once a second; false ends the stream.
  /// - Returns: the status, and the body where it is no success.
  /// - Throws: `.stopped` when the caller ended it.
  public func streamLines(
    _ target: String, body: [UInt8], silenceSecondsMax: Int, goesOn: () -> Bool = { true }, line: (ArraySlice<UInt8>) -> Bool
  ) throws(HTTPFailure) -> Answer {
    let handle = try take()
    defer { giveBack(handle) }
    var rest: [UInt8] = []
    let status = try handle.perform(
      exchange("POST", target, body, timeoutMilliseconds: 0, silenceSecondsMax: silenceSecondsMax),
      receive: { chunk in
        rest += chunk
        var start = rest.startIndex
        while let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
          guard line(rest[start..<end]) else { return false }
          start = end + 1
        }
        rest.removeFirst(start)
        return rest.count <= Self.lineBytesMax
      }, goesOn: goesOn)
    return Answer(status: status, body: rest)
  }

  private func exchange(
    _ method: String, _ target: String, _ body: [UInt8]?, timeoutMilliseconds: Int, silenceSecondsMax: Int = 0
  ) -> HTTPExchange {
    // `Expect:` off: libcurl would wait a second for larger bodies.
    var headers = ["Accept: application/json", "Expect:", "User-Agent: issuer"]
    if body != nil { headers.append("Content-Type: application/json") }
    if let token { headers.append("Authorization: Bearer \(token)") }
    return HTTPExchange(
      endpoint: endpoint, method: method, target: target, headers: headers, body: body ?? [],
      hasBody: body != nil || method == "POST",
      timeoutMilliseconds: timeoutMilliseconds, silenceSecondsMax: silenceSecondsMax)
  }

  private func take() throws(HTTPFailure) -> CurlHandle {
    if let handle = idle.withLock({ $0.popLast() }) { return handle }
    guard let handle = CurlHandle() else { throw .lost("libcurl cannot start") }
    return handle
  }

  private func giveBack(_ handle: CurlHandle) {
    idle.withLock { if $0.count < Self.idleHandlesMax { $0.append(handle) } }
  }

  /// Percent-encodes one segment of a path or one value of a query (RFC 3986, unreserved characters stay).
  public static func encoded(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF")
    var result = ""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "~"):
        result.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        result += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
      }
    }
    return result
  }
}
