/// CloseComplete answers Close.
public struct CloseComplete: Sendable, Equatable {
  public static let type = UInt8(ascii: "3")
  public init() {}

  public static func decode(_ body: RawSpan) throws(WireError) -> CloseComplete {
    try WireReader.read(body) { _ throws(WireError) in CloseComplete() }
  }

  public func encode(into writer: inout WireWriter) { writer.message(Self.type) { _ in } }
}
