/// The records that come with each statement of one session. What stays the same from one to the next is encoded once; the result is,
/// byte for byte, what `AuditEvent` would give.
public struct SessionRecords: Sendable {
  /// The message that brought a statement.
  public enum Form: Int, Sendable, CaseIterable { case simple, parse, bind, execute, function }

  /// `session`, `lease` and `person`.
  private let names: [UInt8]

  /// Of a session of a person under a lease.
  public init(session: String, lease: String, person: String) {
    var line = JSONLine(capacity: 256)
    line.member("session", session)
    line.member("lease", lease)
    line.member("person", person)
    names = line.bytes
  }

  private func begin(_ form: Form, into line: inout JSONLine) {
    line.raw(",\"kind\":\"statement\",")
    line.raw(names)
    switch form {
    case .simple: line.raw(",\"form\":\"simple\"")
    case .parse: line.raw(",\"form\":\"parse\"")
    case .bind: line.raw(",\"form\":\"bind\"")
    case .execute: line.raw(",\"form\":\"execute\"")
    case .function: line.raw(",\"form\":\"function\"")
    }
  }

  func encode(_ form: Form, _ statement: StatementMembers, _ parameters: ParameterMembers?, into line: inout JSONLine) {
    begin(form, into: &line)
    line.raw(statement.text)
    if let parameters { parameters.encode(into: &line) }
    line.raw(statement.rest)
  }

  func encode(
    _ form: Form, _ statement: StatementMembers, _ parameters: borrowing ParameterScratch, into line: inout JSONLine
  ) {
    begin(form, into: &line)
    line.raw(statement.text)
    line.raw(",")
    line.raw(parameters.line)
    line.raw(statement.rest)
  }

  func encode(_ end: borrowing StatementEnd, into line: inout JSONLine) {
    line.raw(",\"kind\":\"outcome\",\"statement\":")
    line.number(end.statement)
    if let sqlState = end.sqlState {
      line.raw(",\"sqlstate\":")
      line.string(sqlState)
    }
    if let tag = end.tag {
      line.raw(",\"tag\":")
      line.string(tag)
    }
    line.raw(",\"rows\":")
    line.number(end.rows)
    line.raw(",\"bytes\":")
    line.number(end.bytes)
    line.raw(",\"micros\":")
    line.number(end.durationMicroseconds)
    guard end.retries > 0 else { return }
    line.raw(",\"retries\":")
    line.number(UInt64(end.retries))
  }
}

/// What the records of a statement's runs have in common.
public final class StatementMembers: Sendable {
  let text: [UInt8]
  let rest: [UInt8]

  /// As the members of `AuditEvent.Statement`; the text as it came.
  public init(
    text: [UInt8], verdict: AuditEvent.Verdict, rule: String? = nil, sqlState: String? = nil, classes: [String] = [],
    tables: [String] = [], maskedColumns: [String] = [], translated: String? = nil
  ) {
    self.text = Self.encoded(text)
    var line = JSONLine(capacity: 256)
    AuditEvent.Statement.encodeJudgement(
      verdict: verdict, rule: rule, sqlState: sqlState, classes: classes, tables: tables, maskedColumns: maskedColumns,
      translated: translated, into: &line)
    rest = [UInt8(ascii: ",")] + line.bytes
  }

  /// Those of another text of which the same is said.
  public init(text: [UInt8], alike: StatementMembers) {
    self.text = Self.encoded(text)
    rest = alike.rest
  }

  private static func encoded(_ text: [UInt8]) -> [UInt8] {
    var line = JSONLine(capacity: text.count + 32)
    guard unsafe JSONLine.isASCII(text.span.bytes) else {
      AuditText(text).encode(into: &line)
      return [UInt8(ascii: ",")] + line.bytes
    }
    line.raw(",\"text\":")
    unsafe line.string(text.span.bytes)
    return line.bytes
  }
}

/// Memory in which parameters are encoded, one statement's after the other's.
public struct ParameterScratch: ~Copyable, Sendable {
  fileprivate var line = JSONLine(capacity: 256)

  /// Empty.
  public init() {}

  /// Parameters as they lie in a message, of which there are some: nil is NULL, text where it is text and UTF-8.
  ///
  /// - Parameter log: hashes them, as `AuditLog.hashed`; nil where they may stand in the log.
  public mutating func encode(
    count: Int, hashedBy log: AuditLog? = nil,
    _ next: (_ index: Int, _ parameter: (_ value: RawSpan?, _ isText: Bool) -> Void) throws -> Void
  ) rethrows {
    line.clear()
    line.raw("\"parameters\":[")
    for index in 0..<count {
      if index > 0 { line.raw(",") }
      try next(index) { value, isText in
        if let log, let value {
          line.raw("{\"hashed\":\"")
          line.hexadecimal(log.hash(value))
          line.cut(to: line.count - 32)
          line.raw("\"}")
        } else {
          Self.encode(value, isText: isText, into: &line)
        }
      }
    }
    line.raw("]")
  }

  /// A copy.
  public var members: ParameterMembers { ParameterMembers(encoded: line.bytes) }

  private static func encode(_ value: RawSpan?, isText: Bool, into line: inout JSONLine) {
    guard let value else { return line.raw("null") }
    if isText, JSONLine.isASCII(value) { return line.string(value) }
    let copy = unsafe value.withUnsafeBytes { unsafe [UInt8]($0) }
    if isText, let text = String(validating: copy, as: UTF8.self) { return line.string(text) }
    AuditEvent.Statement.encode(.binary(copy), into: &line)
  }
}

/// Bound parameters, in their order.
public struct ParameterMembers: Sendable {
  private var bytes: [UInt8] = []

  /// None.
  public init() {}

  /// What is at hand, encoded.
  public init(_ parameters: [AuditParameter]) {
    guard !parameters.isEmpty else { return }
    var line = JSONLine(capacity: 256)
    AuditEvent.Statement.encode(parameters, into: &line)
    bytes = line.bytes
  }

  fileprivate init(encoded bytes: [UInt8]) { self.bytes = bytes }

  /// Bytes of memory that they take.
  public var footprintBytes: Int { bytes.count }

  func encode(into line: inout JSONLine) {
    guard !bytes.isEmpty else { return }
    line.raw(",")
    line.raw(bytes)
  }
}

/// How a run of a statement ended; the members of `AuditEvent.Outcome`.
public struct StatementEnd: Sendable {
  public var statement: UInt64
  /// Nil for success.
  public var sqlState: String?
  public var tag: String?
  public var rows: UInt64
  public var bytes: UInt64
  public var durationMicroseconds: UInt64
  public var retries: UInt8

  /// Groups the members.
  public init(
    statement: UInt64, sqlState: String?, tag: String?, rows: UInt64, bytes: UInt64, durationMicroseconds: UInt64,
    retries: UInt8 = 0
  ) {
    self.statement = statement
    self.sqlState = sqlState
    self.tag = tag
    self.rows = rows
    self.bytes = bytes
    self.durationMicroseconds = durationMicroseconds
    self.retries = retries
  }
}
