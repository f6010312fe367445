import Sodium

/// The five members that open every record, read without trusting who wrote them.
struct RecordHeader: Equatable {
  var sequence: UInt64
  var writer: String
  var time: String
  /// Hexadecimal.
  var previous: [UInt8]
  var kind: String

  /// Nil unless the line begins exactly as docs/audit-format.md says.
  init?(_ line: [UInt8]) {
    var rest = line[...]
    func skip(_ text: String) -> Bool {
      guard rest.starts(with: text.utf8) else { return false }
      rest = rest.dropFirst(text.utf8.count)
      return true
    }
    func text(upTo limit: Int) -> [UInt8]? {
      guard let end = rest.prefix(limit + 1).firstIndex(of: UInt8(ascii: "\"")) else { return nil }
      defer { rest = rest[end...] }
      return Array(rest[..<end])
    }
    guard skip("{\"seq\":") else { return nil }
    let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    guard (1...20).contains(digits.count), digits.first != UInt8(ascii: "0"),
      let sequence = UInt64(String(decoding: digits, as: UTF8.self))
    else { return nil }
    rest = rest.dropFirst(digits.count)
    guard skip(",\"writer\":\""), let writer = text(upTo: 64), AuditLog.isFit(writer: writer), skip("\",\"time\":\""),
      let time = text(upTo: AuditTime.textBytes), time.count == AuditTime.textBytes, skip("\",\"prev\":\""),
      let previous = text(upTo: 64), previous.count == 64,
      previous.allSatisfy({
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
      }), skip("\",\"kind\":\""), let kind = text(upTo: 64), !kind.isEmpty
    else { return nil }
    self.sequence = sequence
    self.writer = String(decoding: writer, as: UTF8.self)
    self.time = String(decoding: time, as: UTF8.self)
    guard AuditTime(self.time)?.description == self.time else { return nil }
    self.previous = previous
    self.kind = String(decoding: kind, as: UTF8.self)
  }
}

/// One record as it was read.
public struct AuditRecord: Sendable, Equatable {
  public let sequence: UInt64
  public let writer: String
  /// `2026-11-23T04:25:11.000042Z`; sorts as text.
  public let time: String
  /// Hexadecimal hash of the record before.
  let previous: [UInt8]
  /// What happened, such as `statement`.
  public let kind: String
  /// All members, the first five included; of an outcome that `AuditReader` read, those that its line leaves out, too.
  public internal(set) var members: JSONValue
  /// The line without its line feed.
  public let line: [UInt8]

  /// Nil for a line that is no record.
  public init?(line: [UInt8]) {
    guard let header = RecordHeader(line), let members = JSONParser.parse(line), case .object = members else { return nil }
    sequence = header.sequence
    writer = header.writer
    time = header.time
    previous = header.previous
    kind = header.kind
    self.members = members
    self.line = line
  }

  /// A member's text; nil when it is absent or no string.
  public subscript(name: String) -> String? { members[name]?.string }

  /// A member's number; nil when it is absent or no unsigned number.
  public func number(_ name: String) -> UInt64? { members[name]?.unsigned }

  /// The strings of a member that is an array.
  public func strings(_ name: String) -> [String] { members[name]?.strings ?? [] }

  /// BLAKE2b-256 of the line.
  public var hash: [UInt8] { Digest.blake2b(line) }
}
