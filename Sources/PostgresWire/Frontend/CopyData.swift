/// CopyData: a piece of a COPY stream, from either side; its borders mean nothing to PostgreSQL when it reads.
public struct CopyData: Sendable, Equatable {
  public static let type = UInt8(ascii: "d")
  public var data: [UInt8]
  public init(_ data: [UInt8]) { self.data = data }

  public static func decode(_ body: RawSpan) throws(WireError) -> CopyData {
    try WireReader.read(body) { reader throws(WireError) in CopyData(try reader.rest()) }
  }

  public func encode(into writer: inout WireWriter) { writer.message(Self.type) { $0.raw(data) } }
}
