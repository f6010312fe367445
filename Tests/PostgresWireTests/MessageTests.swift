import PostgresWire
import Testing

struct MessageTests {
  static let samples = MessageSample.client + MessageSample.server

  @Test(arguments: samples.indices)
  func `a message is read and written again alike`(index: Int) throws {
    let sample = Self.samples[index]
    #expect(try sample.again(sample.body) == sample.bytes, "\(sample.name)")
  }

  @Test(arguments: samples.indices)
  func `bytes left over at the end of a body are refused`(index: Int) {
    let sample = Self.samples[index]
    // What takes all that is left has nothing left over.
    if ["BackendKeyData"].contains(sample.name) { return }
    #expect(throws: WireError.self, "\(sample.name)") { try sample.again(sample.body + [0]) }
  }

  @Test(arguments: samples.indices)
  func `a body cut anywhere is refused, or is another message`(index: Int) throws {
    let sample = Self.samples[index]
    for length in 0..<sample.body.count {
      let cut = Array(sample.body.prefix(length))
      guard let bytes = try? sample.again(cut) else { continue }
      #expect(bytes != sample.bytes, "\(sample.name) cut to \(length)")
    }
  }

  @Test func `a Query's text ends at its NUL and nothing follows`() {
    #expect(throws: WireError(.leftover, "9 bytes are left over at the end of a message")) {
      try Query.decode(unsafe Array("select 1\0; drop t\0".utf8).span.bytes)
    }
    #expect(throws: WireError(.text, "a string has no end")) { try Query.decode(unsafe Array("select 1".utf8).span.bytes) }
  }

  @Test func `65,535 parameters are counted without a sign`() throws {
    let bind = Bind(parameters: [[UInt8]?](repeating: nil, count: 65_535))
    let body = written { bind.encode(into: &$0) }.dropFirst(5)
    #expect(try Bind.decode(unsafe Array(body).span.bytes) == bind)
  }

  @Test func `a parameter's length below -1 is refused`() {
    let body: [UInt8] = [0, 0, 0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFE, 0, 0]
    #expect(throws: WireError.self) { try Bind.decode(unsafe body.span.bytes) }
    #expect(throws: WireError.self) { try Bind.checkedNames(unsafe body.span.bytes) }
  }

  @Test func `names are compared by their first 63 bytes, byte by byte`() {
    let long = String(repeating: "n", count: 63)
    #expect(WireName(long + "a") == WireName(long + "b"))
    // Canonically equivalent texts are two names to PostgreSQL.
    #expect(WireName("\u{E9}") != WireName("e\u{301}"))
  }

  @Test func `a SQLSTATE is five characters of 0-9A-Z`() {
    #expect(SQLState("42601") == .syntaxError && SQLState.syntaxError.description == "42601")
    for text in ["", "4260", "426011", "42a01", "4260\u{e9}"] { #expect(SQLState(text) == nil) }
  }

  @Test func `an error's head is read though its end is missing`() {
    let bytes = Array(ErrorResponse(.fatal, .adminShutdown, String(repeating: "x", count: 100)).bytes.dropFirst(5).prefix(40))
    let head = ErrorResponse.head(unsafe bytes.span.bytes)
    #expect(head.severity == .fatal && head.sqlState == .adminShutdown)
  }

  @Test func `a transcript shows shapes, never texts, values or keys`() throws {
    let bytes = written {
      Query("select 'secret'").encode(into: &$0)
      SASLResponse("secret").encode(into: &$0)
      Bind(parameters: [Array("secret".utf8)]).encode(into: &$0)
    }
    #expect(
      try Transcript.lines(bytes, from: .client) == ["Query <15 bytes>", "SASLResponse <secret>", "Bind \"\" \"\" 1 parameters"])
    let key = try #require(CancelKey(processID: 3, secret: [0x41, 0x42, 0x43, 0x44]))
    #expect(!"\(key)".contains("65") && !String(describing: LeakCheck(key: key)).contains("65"))
  }

  private struct LeakCheck { var key: CancelKey }
}
