/// SASLResponse: the client-final-message. Never shown in traces.
public struct SASLResponse: Sendable, Equatable {
  public static let type = UInt8(ascii: "p")
  public var response: String
  public init(_ response: String) { self.response = response }

  public static func decode(_ body: RawSpan) throws(WireError) -> Self {
    try WireReader.read(body) { reader throws(WireError) in Self(try text(try reader.rest())) }
  }

  public func encode(into writer: inout WireWriter) { writer.message(Self.type) { $0.raw(response.utf8) } }

  /// SCRAM messages are UTF-8 without NUL.
  static func text(_ bytes: [UInt8]) throws(WireError) -> String {
    guard bytes.count <= FrameLimits.saslBytesMax else {
      throw WireError(.length, "a SASL message of \(bytes.count) bytes is longer than \(FrameLimits.saslBytesMax)")
    }
    guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else {
      throw WireError(.text, "a SASL message is not UTF-8 text")
    }
    return text
  }
}
