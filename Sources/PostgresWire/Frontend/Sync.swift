/// Sync ends a batch of the extended protocol; answered by ReadyForQuery.
public struct Sync: Sendable, Equatable {
  public static let type = UInt8(ascii: "S")
  public init() {}

  public static func decode(_ body: RawSpan) throws(WireError) -> Sync {
    try WireReader.read(body) { _ throws(WireError) in Sync() }
  }

  public func encode(into writer: inout WireWriter) { writer.message(Self.type) { _ in } }
}
