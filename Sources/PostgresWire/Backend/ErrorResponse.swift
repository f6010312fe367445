/// ErrorResponse and NoticeResponse (manual, "Error and Notice Message Fields"): fields in the order in which they came.
public struct ErrorResponse: Error, Sendable, Equatable {
  public enum Severity: String, Sendable, Equatable {
    case error = "ERROR"
    case fatal = "FATAL"
    case panic = "PANIC"
    case warning = "WARNING"
    case notice = "NOTICE"
    case debug = "DEBUG"
    case info = "INFO"
    case log = "LOG"
  }

  /// One field: a type byte such as `M`, and its text.
  public struct Field: Sendable, Equatable {
    public var type: UInt8
    public var value: String
    public init(_ type: UInt8, _ value: String) {
      self.type = type
      self.value = value
    }
  }

  public static let type = UInt8(ascii: "E")
  public static let noticeType = UInt8(ascii: "N")

  public var fields: [Field]

  public init(fields: [Field]) { self.fields = fields }

  /// An error of our own. NULs in the texts are dropped. `position` is 1-based, in characters.
  public init(
    _ severity: Severity = .error, _ sqlState: SQLState, _ message: String, detail: String? = nil, hint: String? = nil,
    position: Int? = nil
  ) {
    fields = [
      Field(UInt8(ascii: "S"), severity.rawValue), Field(UInt8(ascii: "V"), severity.rawValue),
      Field(UInt8(ascii: "C"), sqlState.description), Field(UInt8(ascii: "M"), Self.clean(message)),
    ]
    if let detail { fields.append(Field(UInt8(ascii: "D"), Self.clean(detail))) }
    if let hint { fields.append(Field(UInt8(ascii: "H"), Self.clean(hint))) }
    if let position { fields.append(Field(UInt8(ascii: "P"), String(position))) }
  }

  /// The first field of a type.
  public subscript(_ type: UnicodeScalar) -> String? { fields.first { $0.type == UInt8(ascii: type) }?.value }

  /// Nil when the peer sent none or a malformed one.
  public var sqlState: SQLState? { self["C"].flatMap { SQLState($0) } }

  /// From the field `V`, which is never translated; `S` where it is missing.
  public var severity: Severity? { (self["V"] ?? self["S"]).flatMap { Severity(rawValue: $0) } }

  public var message: String { self["M"] ?? "" }

  /// FATAL and PANIC: the connection ends behind this message.
  public var isFatal: Bool { severity == .fatal || severity == .panic }

  private static func clean(_ text: String) -> String { text.contains("\0") ? text.filter { $0 != "\0" } : text }
}

extension ErrorResponse {
  /// The body of an `E` or `N`. Text that is not UTF-8 is read as for people.
  public static func decode(_ body: RawSpan) throws(WireError) -> ErrorResponse {
    try WireReader.read(body) { reader throws(WireError) in
      var response = ErrorResponse(fields: [])
      while true {
        let type = try reader.uint8()
        if type == 0 { return response }
        response.fields.append(Field(type, try reader.displayString()))
      }
    }
  }

  /// Severity and SQLSTATE from a body that may be cut behind its beginning; nil where they are not there.
  public static func head(_ body: RawSpan) -> (severity: Severity?, sqlState: SQLState?) {
    var response = ErrorResponse(fields: [])
    try? WireReader.readHead(body) { reader throws(WireError) in
      while response.fields.count < 4 {
        let type = try reader.uint8()
        if type == 0 { return }
        response.fields.append(Field(type, try reader.displayString()))
      }
    }
    return (response.severity, response.sqlState)
  }

  public func encode(into writer: inout WireWriter, type: UInt8 = ErrorResponse.type) {
    writer.message(type) { body in
      for field in fields {
        body.uint8(field.type)
        body.string(field.value)
      }
      body.uint8(0)
    }
  }

  /// The message, with its type byte.
  public var bytes: [UInt8] {
    var writer = WireWriter()
    encode(into: &writer)
    return writer.bytes
  }
}
