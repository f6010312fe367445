/// ParameterStatus: the value of a setting that the server reports, at login and whenever it changes.
public struct ParameterStatus: Sendable, Equatable {
  public static let type = UInt8(ascii: "S")
  public var name: String
  public var value: String

  public init(name: String, value: String) {
    self.name = name
    self.value = value
  }

  public static func decode(_ body: RawSpan) throws(WireError) -> Self {
    try WireReader.read(body) { reader throws(WireError) in
      Self(name: try reader.displayString(), value: try reader.displayString())
    }
  }

  public func encode(into writer: inout WireWriter) {
    writer.message(Self.type) {
      $0.string(name)
      $0.string(value)
    }
  }
}
