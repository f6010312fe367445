/// Where a Bind's parameters stand in its body, for who looks at them without copying.
public struct BindParameters: Sendable, Equatable {
  private let formats: [UInt16]
  /// Offsets into the body; nil is NULL.
  public let values: [Range<Int>?]

  /// The whole body is checked.
  public init(_ body: RawSpan) throws(WireError) {
    (formats, values) = try WireReader.read(body) { reader throws(WireError) in
      _ = try reader.stringRange()
      _ = try reader.stringRange()
      var formats: [UInt16] = []
      for _ in 0..<(try reader.uint16()) { formats.append(try reader.uint16()) }
      var values: [Range<Int>?] = []
      for _ in 0..<(try reader.uint16()) {
        let length = try reader.int32()
        values.append(length == -1 ? nil : try reader.skip(Int(length)))
      }
      _ = try reader.skip(2 * Int(try reader.uint16()))
      return (formats, values)
    }
  }

  public var count: Int { values.count }

  /// Whether a parameter is sent as text: without formats all are, one is for all.
  public func isText(_ index: Int) -> Bool {
    if formats.count == 1 { return formats[0] == 0 }
    return index < formats.count ? formats[index] == 0 : true
  }
}
