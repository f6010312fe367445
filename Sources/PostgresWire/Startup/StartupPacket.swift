/// A packet without a type byte, the first thing on a connection (manual, "Message Formats": SSLRequest, GSSENCRequest,
/// CancelRequest, StartupMessage).
public enum StartupPacket: Sendable, Equatable {
  case sslRequest
  case gssEncryptionRequest
  case cancelRequest(CancelKey)
  case startup(StartupMessage)

  /// The answers to SSLRequest.
  public static let agreesToTLS = UInt8(ascii: "S")
  public static let refusesTLS = UInt8(ascii: "N")

  static let sslCode: UInt32 = 1234 << 16 | 5679
  static let gssCode: UInt32 = 1234 << 16 | 5680
  static let cancelCode: UInt32 = 1234 << 16 | 5678

  /// `body` is all behind the length word.
  public static func decode(_ body: RawSpan) throws(WireError) -> StartupPacket {
    try WireReader.read(body) { reader throws(WireError) in
      switch try reader.uint32() {
      case sslCode: return .sslRequest
      case gssCode: return .gssEncryptionRequest
      case cancelCode:
        let processID = try reader.uint32()
        guard let key = CancelKey(processID: processID, secret: try reader.rest()) else {
          throw WireError(.length, "a cancel key has 4 to 256 bytes")
        }
        return .cancelRequest(key)
      case let version: return .startup(try StartupMessage.decode(version: version, &reader))
      }
    }
  }

  public func encode(into writer: inout WireWriter) {
    switch self {
    case .sslRequest: writer.untypedMessage { $0.uint32(Self.sslCode) }
    case .gssEncryptionRequest: writer.untypedMessage { $0.uint32(Self.gssCode) }
    case .cancelRequest(let key):
      writer.untypedMessage {
        $0.uint32(Self.cancelCode)
        $0.uint32(key.processID)
        $0.raw(key.secret)
      }
    case .startup(let message): message.encode(into: &writer)
    }
  }

  /// The packet, with its length word.
  public var bytes: [UInt8] {
    var writer = WireWriter()
    encode(into: &writer)
    return writer.bytes
  }
}
