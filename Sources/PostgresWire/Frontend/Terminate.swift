/// Terminate ends the session.
public struct Terminate: Sendable, Equatable {
  public static let type = UInt8(ascii: "X")
  public init() {}

  public static func decode(_ body: RawSpan) throws(WireError) -> Terminate {
    try WireReader.read(body) { _ throws(WireError) in Terminate() }
  }

  public func encode(into writer: inout WireWriter) { writer.message(Self.type) { _ in } }
}
