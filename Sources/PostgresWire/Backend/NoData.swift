/// NoData answers Describe of what returns no rows.
public struct NoData: Sendable, Equatable {
  public static let type = UInt8(ascii: "n")
  public init() {}

  public static func decode(_ body: RawSpan) throws(WireError) -> NoData {
    try WireReader.read(body) { _ throws(WireError) in NoData() }
  }

  public func encode(into writer: inout WireWriter) { writer.message(Self.type) { _ in } }
}
