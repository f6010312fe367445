import IssuerAPI

/// Reads one answer of issuerd's HTTP: a head, and a body of the length that it names. Other forms issuerd does not send.
struct AnswerReader {
  private static let headBytesMax = 16 << 10
  private static let headEnd = Array("\r\n\r\n".utf8)

  struct Malformed: Error {}

  private var bytes: [UInt8] = []
  private var head: (status: Int, bodyStart: Int, bodyBytes: Int, closes: Bool)?

  var isEmpty: Bool { bytes.isEmpty }
  /// Whether the connection is of use for another request.
  var staysOpen: Bool { head.map { !$0.closes } ?? false }

  /// - Returns: the answer once it is whole.
  mutating func received(_ more: [UInt8]) throws(Malformed) -> HTTPClient.Answer? {
    bytes += more
    if head == nil {
      guard let end = headEnd() else {
        if bytes.count > Self.headBytesMax { throw Malformed() }
        return nil
      }
      try readHead(end)
    }
    guard let head, bytes.count - head.bodyStart >= head.bodyBytes else { return nil }
    // One answer for one request: what comes behind it is nobody's.
    guard bytes.count - head.bodyStart == head.bodyBytes else { throw Malformed() }
    return HTTPClient.Answer(status: head.status, body: Array(bytes[head.bodyStart...]))
  }

  private func headEnd() -> Int? {
    guard bytes.count >= Self.headEnd.count else { return nil }
    return (0...bytes.count - Self.headEnd.count).first {
      bytes[$0] == Self.headEnd[0] && bytes[$0..<$0 + 4].elementsEqual(Self.headEnd)
    }
  }

  private mutating func readHead(_ end: Int) throws(Malformed) {
    let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n")
    let words = lines.first?.split(separator: " ", maxSplits: 2) ?? []
    guard words.count >= 2, words[0] == "HTTP/1.1", let status = Int(words[1]), (200...599).contains(status) else {
      throw Malformed()
    }
    var bodyBytes: Int?
    var closes = false
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { throw Malformed() }
      let value = line[line.index(after: colon)...].drop { $0 == " " }
      switch line[..<colon].lowercased() {
      case "content-length":
        guard bodyBytes == nil, let length = Int(value), (0...HTTPClient.answerBytesMax).contains(length) else {
          throw Malformed()
        }
        bodyBytes = length
      case "transfer-encoding": throw Malformed()
      case "connection": closes = value.lowercased() == "close"
      default: break
      }
    }
    guard let bodyBytes else { throw Malformed() }
    head = (status, end + Self.headEnd.count, bodyBytes, closes)
  }
}
