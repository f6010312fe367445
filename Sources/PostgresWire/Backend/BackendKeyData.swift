/// BackendKeyData: what CancelRequest must show.
public struct BackendKeyData: Sendable, Equatable {
  public static let type = UInt8(ascii: "K")
  public var key: CancelKey
  public init(_ key: CancelKey) { self.key = key }

  public static func decode(_ body: RawSpan) throws(WireError) -> Self {
    try WireReader.read(body) { reader throws(WireError) in
      guard let key = CancelKey(processID: try reader.uint32(), secret: try reader.rest()) else {
        throw WireError(.length, "a cancel key has 4 to 256 bytes")
      }
      return Self(key)
    }
  }

  public func encode(into writer: inout WireWriter) {
    writer.message(Self.type) {
      $0.uint32(key.processID)
      $0.raw(key.secret)
    }
  }
}
