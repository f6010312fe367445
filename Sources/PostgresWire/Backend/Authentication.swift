/// The messages of type `R`.
public enum Authentication: Sendable, Equatable {
  public static let type = UInt8(ascii: "R")

  case ok
  /// Asks for the password in the clear.
  case cleartextPassword
  /// Asks for an MD5 of it.
  case md5Password
  case sasl(mechanisms: [String])
  case saslContinue(String)
  case saslFinal(String)
  /// Kerberos, GSSAPI, SSPI and whatever comes.
  case other(UInt32)

  public static func decode(_ body: RawSpan) throws(WireError) -> Authentication {
    try WireReader.read(body) { reader throws(WireError) in
      switch try reader.uint32() {
      case 0: return .ok
      case 3: return .cleartextPassword
      case 5:
        _ = try reader.skip(4)
        return .md5Password
      case 10:
        var mechanisms: [String] = []
        while true {
          let mechanism = try reader.string()
          if mechanism.isEmpty { break }
          mechanisms.append(mechanism)
        }
        return .sasl(mechanisms: mechanisms)
      case 11: return .saslContinue(try SASLResponse.text(try reader.rest()))
      case 12: return .saslFinal(try SASLResponse.text(try reader.rest()))
      case let other:
        _ = try reader.rest()
        return .other(other)
      }
    }
  }

  public func encode(into writer: inout WireWriter) {
    writer.message(Self.type) {
      switch self {
      case .ok: $0.uint32(0)
      case .cleartextPassword: $0.uint32(3)
      case .md5Password:
        $0.uint32(5)
        $0.uint32(0)
      case .sasl(let mechanisms):
        $0.uint32(10)
        for mechanism in mechanisms { $0.string(mechanism) }
        $0.uint8(0)
      case .saslContinue(let text):
        $0.uint32(11)
        $0.raw(text.utf8)
      case .saslFinal(let text):
        $0.uint32(12)
        $0.raw(text.utf8)
      case .other(let code): $0.uint32(code)
      }
    }
  }
}
