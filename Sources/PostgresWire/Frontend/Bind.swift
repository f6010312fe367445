/// Bind: make a portal of a prepared statement.
public struct Bind: Sendable, Equatable {
  public static let type = UInt8(ascii: "B")

  public var portal: WireName
  public var statement: WireName
  /// 0 text, 1 binary; none is all text, one is for all.
  public var parameterFormats: [UInt16]
  /// Nil is NULL. At most 65,535.
  public var parameters: [[UInt8]?]
  public var resultFormats: [UInt16]

  public init(
    portal: WireName = .unnamed, statement: WireName = .unnamed, parameterFormats: [UInt16] = [], parameters: [[UInt8]?] = [],
    resultFormats: [UInt16] = []
  ) {
    self.portal = portal
    self.statement = statement
    self.parameterFormats = parameterFormats
    self.parameters = parameters
    self.resultFormats = resultFormats
  }

  /// The two names; of a body that may be cut behind them.
  public static func names(_ body: RawSpan) throws(WireError) -> (portal: WireName, statement: WireName) {
    try WireReader.readHead(body) { reader throws(WireError) in (try reader.name(), try reader.name()) }
  }

  /// The two names of a whole body, which is checked to its end without copying.
  public static func checkedNames(_ body: RawSpan) throws(WireError) -> (portal: WireName, statement: WireName) {
    try WireReader.read(body) { reader throws(WireError) in
      let names = (portal: try reader.name(), statement: try reader.name())
      _ = try reader.skip(2 * Int(try reader.uint16()))
      for _ in 0..<(try reader.uint16()) {
        let length = try reader.int32()
        if length != -1 { _ = try reader.skip(Int(length)) }
      }
      _ = try reader.skip(2 * Int(try reader.uint16()))
      return names
    }
  }

  public static func decode(_ body: RawSpan) throws(WireError) -> Bind {
    try WireReader.read(body) { reader throws(WireError) in
      var bind = Bind(portal: try reader.name(), statement: try reader.name())
      for _ in 0..<(try reader.uint16()) { bind.parameterFormats.append(try reader.uint16()) }
      for _ in 0..<(try reader.uint16()) {
        let length = try reader.int32()
        bind.parameters.append(length == -1 ? nil : try reader.bytes(Int(length)))
      }
      for _ in 0..<(try reader.uint16()) { bind.resultFormats.append(try reader.uint16()) }
      return bind
    }
  }

  public func encode(into writer: inout WireWriter) {
    writer.message(Self.type) {
      $0.string(utf8: portal.utf8)
      $0.string(utf8: statement.utf8)
      $0.uint16(UInt16(parameterFormats.count))
      for format in parameterFormats { $0.uint16(format) }
      $0.uint16(UInt16(parameters.count))
      for parameter in parameters {
        $0.int32(parameter.map { Int32($0.count) } ?? -1)
        if let parameter { $0.raw(parameter) }
      }
      $0.uint16(UInt16(resultFormats.count))
      for format in resultFormats { $0.uint16(format) }
    }
  }
}
