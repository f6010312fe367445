/// A Bind's parameters as they stand in its body, one after the other, for who looks at them without copying.
public struct BindParameters: Sendable, Equatable {
  public let count: Int
  /// Offsets into the body.
  private let formats: Range<Int>
  private var offset: Int
  private var index = 0

  /// Of a body that has been checked; offsets into whatever the parameters will be read in.
  init(count: Int, formats: Range<Int>, offset: Int) {
    self.count = count
    self.formats = formats
    self.offset = offset
  }

  /// The whole body is checked.
  public init(_ body: RawSpan) throws(WireError) {
    (formats, count, offset) = try WireReader.read(body) { reader throws(WireError) in
      _ = try reader.stringRange()
      _ = try reader.stringRange()
      let formats = try reader.skip(2 * Int(try reader.uint16()))
      let count = Int(try reader.uint16())
      let start = reader.offset
      for _ in 0..<count {
        let length = try reader.int32()
        if length != -1 { _ = try reader.skip(Int(length)) }
      }
      _ = try reader.skip(2 * Int(try reader.uint16()))
      return (formats, count, start)
    }
  }

  /// The next parameter, as offsets into the same body; nil is NULL. Whether it is sent as text: without formats all are, one is for all.
  public mutating func next(in body: RawSpan) throws(WireError) -> (value: Range<Int>?, isText: Bool) {
    defer { index += 1 }
    let isText = try isText(index, body)
    guard body.byteCount - offset >= 4 else { throw Self.truncated }
    let length = body.uint32(at: offset)
    offset += 4
    // -1 is NULL.
    guard length != .max else { return (nil, isText) }
    guard Int(length) <= body.byteCount - offset else { throw Self.truncated }
    let start = offset
    offset += Int(length)
    return (start..<offset, isText)
  }

  private func isText(_ index: Int, _ body: RawSpan) throws(WireError) -> Bool {
    let position = formats.count == 2 ? 0 : 2 * index
    guard position < formats.count else { return true }
    guard body.byteCount >= formats.lowerBound + position + 2 else { throw Self.truncated }
    return body.uint16(at: formats.lowerBound + position) == 0
  }

  private static var truncated: WireError { WireError(.truncated, "a Bind's parameters end too early") }
}
