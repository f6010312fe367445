/// CopyDone ends the data of a COPY; from either side.
public struct CopyDone: Sendable, Equatable {
  public static let type = UInt8(ascii: "c")
  public init() {}

  public static func decode(_ body: RawSpan) throws(WireError) -> CopyDone {
    try WireReader.read(body) { _ throws(WireError) in CopyDone() }
  }

  public func encode(into writer: inout WireWriter) { writer.message(Self.type) { _ in } }
}
