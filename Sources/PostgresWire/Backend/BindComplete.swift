/// BindComplete answers Bind.
public struct BindComplete: Sendable, Equatable {
  public static let type = UInt8(ascii: "2")
  public init() {}

  public static func decode(_ body: RawSpan) throws(WireError) -> BindComplete {
    try WireReader.read(body) { _ throws(WireError) in BindComplete() }
  }

  public func encode(into writer: inout WireWriter) { writer.message(Self.type) { _ in } }
}
