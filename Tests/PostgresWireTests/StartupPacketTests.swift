import PostgresWire
import Testing

struct StartupPacketTests {
  private func decode(_ bytes: [UInt8]) throws -> StartupPacket {
    try StartupPacket.decode(unsafe bytes.span.bytes.extracting(droppingFirst: 4))
  }

  private func startup(_ body: String, version: [UInt8] = [0, 3, 0, 0]) throws -> StartupMessage? {
    let bytes = version + Array(body.utf8)
    guard case .startup(let message) = try StartupPacket.decode(unsafe bytes.span.bytes) else { return nil }
    return message
  }

  @Test func `packets are read and written again alike`() throws {
    let key = try #require(CancelKey(processID: 5, secret: [UInt8](repeating: 7, count: 256)))
    let message = StartupMessage(version: .newest, parameters: [.init("user", "u"), .init("options", "-c a=b")])
    for packet in [StartupPacket.sslRequest, .gssEncryptionRequest, .cancelRequest(key), .startup(message)] {
      #expect(try decode(packet.bytes) == packet)
    }
  }

  @Test func `a cancel key has 4 to 256 bytes`() throws {
    for (count, fits) in [(3, false), (4, true), (256, true), (257, false)] {
      let bytes: [UInt8] = [4, 210, 22, 46, 0, 0, 0, 1] + [UInt8](repeating: 1, count: count)
      let read = try? StartupPacket.decode(unsafe bytes.span.bytes)
      #expect((read != nil) == fits)
    }
  }

  @Test func `a parameter twice is refused`() {
    #expect(throws: WireError.self) { try startup("user\0a\0database\0d\0user\0postgres\0\0") }
  }

  @Test func `a packet without its final zero, or with bytes behind it, is refused`() {
    #expect(throws: WireError.self) { try startup("user\0a\0") }
    #expect(throws: WireError.self) { try startup("user\0a") }
    #expect(throws: WireError.self) { try startup("user\0a\0\0x") }
    // A NUL inside a value ends it; what follows is read as the next name, and its missing value shows.
    #expect(throws: WireError.self) { try startup("user\0a\0b\0\0") }
  }

  @Test(arguments: [[UInt8](arrayLiteral: 0, 2, 0, 0), [0, 4, 0, 0], [0, 0, 0, 0]])
  func `another major version is refused`(version: [UInt8]) {
    #expect(throws: WireError.self) { try startup("user\0a\0\0", version: version) }
  }

  @Test func `a newer minor version is read and negotiated`() throws {
    let message = try #require(try startup("user\0a\0_pq_.x\01\0\0", version: [0, 3, 0, 9]))
    #expect(NegotiateProtocolVersion(answering: message) == .init(version: .newest, unknownExtensions: ["_pq_.x"]))
    let plain = try #require(try startup("user\0a\0\0"))
    #expect(NegotiateProtocolVersion(answering: plain) == nil)
  }
}
