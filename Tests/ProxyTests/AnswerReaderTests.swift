import Testing

@testable import Proxy

@Suite struct AnswerReaderTests {
  private static let whole = Array(
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\ncontent-length: 7\r\n\r\n{\"a\":1}".utf8)

  @Test func `an answer is read wherever it is cut`() throws {
    for cut in 0...Self.whole.count {
      var reader = AnswerReader()
      let first = try reader.received(Array(Self.whole[..<cut]))
      let answer = try first ?? reader.received(Array(Self.whole[cut...]))
      #expect((first != nil) == (cut == Self.whole.count))
      #expect(answer?.status == 200 && answer?.body == Array("{\"a\":1}".utf8) && reader.staysOpen)
    }
  }

  @Test func `a connection that the issuer closes is used no more`() throws {
    var reader = AnswerReader()
    let bytes = "HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    #expect(try reader.received(Array(bytes.utf8))?.status == 403)
    #expect(!reader.staysOpen)
  }

  @Test(arguments: [
    "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
    "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxy", "HTTP/1.1 100 Continue\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", "FATAL 1\r\nContent-Length: 0\r\n\r\n", "\r\n\r\n",
    "HTTP/1.1 200 OK\r\nnonsense\r\nContent-Length: 0\r\n\r\n", String(repeating: "x", count: 17 << 10),
  ])
  func `what issuerd does not send is refused`(text: String) {
    #expect(throws: AnswerReader.Malformed.self) {
      var reader = AnswerReader()
      _ = try reader.received(Array(text.utf8))
    }
  }
}
