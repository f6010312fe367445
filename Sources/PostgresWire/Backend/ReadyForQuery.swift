/// ReadyForQuery: the end of a simple Query, and of each Sync.
public struct ReadyForQuery: Sendable, Equatable {
  public static let type = UInt8(ascii: "Z")
  public var status: TransactionStatus
  public init(_ status: TransactionStatus) { self.status = status }

  public static func decode(_ body: RawSpan) throws(WireError) -> Self {
    try WireReader.read(body) { reader throws(WireError) in
      guard let status = TransactionStatus(rawValue: try reader.uint8()) else {
        throw WireError(.value, "an unknown transaction status")
      }
      return Self(status)
    }
  }

  public func encode(into writer: inout WireWriter) { writer.message(Self.type) { $0.uint8(status.rawValue) } }
}
