/// PortalSuspended ends an Execute that reached its row limit.
public struct PortalSuspended: Sendable, Equatable {
  public static let type = UInt8(ascii: "s")
  public init() {}

  public static func decode(_ body: RawSpan) throws(WireError) -> PortalSuspended {
    try WireReader.read(body) { _ throws(WireError) in PortalSuspended() }
  }

  public func encode(into writer: inout WireWriter) { writer.message(Self.type) { _ in } }
}
