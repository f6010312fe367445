/// SASLInitialResponse: the mechanism and the client-first-message. Never shown in traces.
public struct SASLInitialResponse: Sendable, Equatable {
  public static let type = UInt8(ascii: "p")
  public var mechanism: String
  /// Nil when the client sent none (length -1).
  public var response: String?

  public init(mechanism: String, response: String?) {
    self.mechanism = mechanism
    self.response = response
  }

  public static func decode(_ body: RawSpan) throws(WireError) -> Self {
    try WireReader.read(body) { reader throws(WireError) in
      let mechanism = try reader.string()
      let length = try reader.int32()
      guard length != -1 else { return Self(mechanism: mechanism, response: nil) }
      return Self(mechanism: mechanism, response: try SASLResponse.text(try reader.bytes(Int(length))))
    }
  }

  public func encode(into writer: inout WireWriter) {
    writer.message(Self.type) {
      $0.string(mechanism)
      $0.int32(response.map { Int32($0.utf8.count) } ?? -1)
      if let response { $0.raw(response.utf8) }
    }
  }
}
