/// CommandComplete: a statement's end.
public struct CommandComplete: Sendable, Equatable {
  public static let type = UInt8(ascii: "C")
  /// `SELECT 5`, `INSERT 0 1`, `DROP TABLE`, ...
  public var tag: String
  public init(tag: String) { self.tag = tag }

  public static func decode(_ body: RawSpan) throws(WireError) -> Self {
    try WireReader.read(body) { reader throws(WireError) in Self(tag: try reader.displayString()) }
  }

  /// The tag in a body, whose final NUL has been taken off.
  public static func tag(_ bytes: RawSpan) -> String { bytes.displayText }

  public func encode(into writer: inout WireWriter) { writer.message(Self.type) { $0.string(tag) } }
}
