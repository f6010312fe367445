/// Execute: run a portal.
public struct Execute: Sendable, Equatable {
  public static let type = UInt8(ascii: "E")
  public var portal: WireName
  /// 0 is without a limit.
  public var rowsMax: UInt32

  public init(portal: WireName = .unnamed, rowsMax: UInt32 = 0) {
    self.portal = portal
    self.rowsMax = rowsMax
  }

  public static func decode(_ body: RawSpan) throws(WireError) -> Execute {
    try WireReader.read(body) { reader throws(WireError) in Execute(portal: try reader.name(), rowsMax: try reader.uint32()) }
  }

  public func encode(into writer: inout WireWriter) {
    writer.message(Self.type) {
      $0.string(utf8: portal.utf8)
      $0.uint32(rowsMax)
    }
  }
}
