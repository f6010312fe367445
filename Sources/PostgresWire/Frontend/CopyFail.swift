/// CopyFail: the client gives up a COPY FROM STDIN.
public struct CopyFail: Sendable, Equatable {
  public static let type = UInt8(ascii: "f")
  public var reason: String
  public init(reason: String) { self.reason = reason }

  public static func decode(_ body: RawSpan) throws(WireError) -> CopyFail {
    try WireReader.read(body) { reader throws(WireError) in CopyFail(reason: try reader.displayString()) }
  }

  public func encode(into writer: inout WireWriter) { writer.message(Self.type) { $0.string(reason) } }
}
