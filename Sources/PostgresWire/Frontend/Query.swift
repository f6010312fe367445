/// Query: a text of any number of statements. The text ends at its NUL and nothing may follow, so that whoever audits it and the
/// server read the same.
public struct Query: Sendable, Equatable {
  public static let type = UInt8(ascii: "Q")

  /// UTF-8 (or the session's encoding), without the final NUL.
  public var text: [UInt8]

  public init(text: [UInt8]) { self.text = text }
  public init(_ text: String) { self.init(text: Array(text.utf8)) }

  public static func decode(_ body: RawSpan) throws(WireError) -> Query {
    try WireReader.read(body) { reader throws(WireError) in Query(text: try reader.stringBytes()) }
  }

  /// Where the text stands in a body.
  public static func textRange(_ body: RawSpan) throws(WireError) -> Range<Int> {
    try WireReader.read(body) { reader throws(WireError) in try reader.stringRange() }
  }

  public func encode(into writer: inout WireWriter) { writer.message(Self.type) { $0.string(utf8: text) } }
}
