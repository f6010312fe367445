/// A Bind's parameters as they stand in its body, one after the other, for who looks at them without copying.
public struct BindParameters: Sendable {
  public let count: Int
  /// Offsets into the body.
  private let formats: Range<Int>
  private var offset: Int
  private var index = 0

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
    let start = offset
    let value = try WireReader.readHead(body) { reader throws(WireError) -> Range<Int>? in
      _ = try reader.skip(start)
      let length = try reader.int32()
      return length == -1 ? nil : try reader.skip(Int(length))
    }
    offset = value?.upperBound ?? start + 4
    defer { index += 1 }
    return (value, try isText(index, body))
  }

  private func isText(_ index: Int, _ body: RawSpan) throws(WireError) -> Bool {
    let position = formats.count == 2 ? 0 : 2 * index
    guard position < formats.count else { return true }
    return try WireReader.readHead(body) { reader throws(WireError) in
      _ = try reader.skip(formats.lowerBound + position)
      return try reader.uint16() == 0
    }
  }
}
