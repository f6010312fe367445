/// NegotiateProtocolVersion: the newest version that the server speaks, and the extensions it does not know.
public struct NegotiateProtocolVersion: Sendable, Equatable {
  public static let type = UInt8(ascii: "v")

  public var version: StartupMessage.Version
  public var unknownExtensions: [String]

  public init(version: StartupMessage.Version, unknownExtensions: [String]) {
    self.version = version
    self.unknownExtensions = unknownExtensions
  }

  /// What to answer to a startup message; nil when it asks for nothing that is not there.
  public init?(answering message: StartupMessage) {
    let extensions = message.protocolExtensions
    guard message.version > .newest || !extensions.isEmpty else { return nil }
    self.init(version: min(message.version, .newest), unknownExtensions: extensions)
  }

  public static func decode(_ body: RawSpan) throws(WireError) -> Self {
    try WireReader.read(body) { reader throws(WireError) in
      let code = try reader.uint32()
      let count = try reader.uint32()
      var names: [String] = []
      for _ in 0..<count { names.append(try reader.string()) }
      return Self(
        version: .init(major: UInt16(truncatingIfNeeded: code >> 16), minor: UInt16(truncatingIfNeeded: code)),
        unknownExtensions: names)
    }
  }

  public func encode(into writer: inout WireWriter) {
    writer.message(Self.type) {
      $0.uint32(version.code)
      $0.uint32(UInt32(unknownExtensions.count))
      for name in unknownExtensions { $0.string(name) }
    }
  }
}
