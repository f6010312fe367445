import FoundationEssentials
import Testing

@testable import Audit

@Suite struct EncodingTests {
  @Test func `a record is one JSON object with the five members first`() throws {
    let folder = try Folder()
    let log = try AuditLog(directory: folder.log, writer: "proxy-a")
    let event = AuditEvent.statement(
      .init(
        session: "s", lease: "l", person: "ada", form: "execute", text: "SELECT \"a\\b\"\n\t\u{1}\u{1F600} \u{e9}",
        parameters: [.null, .text("x\"y"), .binary([0xff]), .hashed([0xab])], verdict: .translated, rule: "r",
        classes: ["select"],
        tables: ["public.users"], maskedColumns: ["public.users.email"], translated: "SELECT 2"))
    let position = try log.append(event)
    let line = try #require(try lines(folder.segments()[0]).dropLast().last)
    #expect(line.hasPrefix("{\"seq\":2,\"writer\":\"proxy-a\",\"time\":\"\(position.time)\",\"prev\":\""))
    // Foundation is the witness of the hand-written encoder.
    struct Read: Decodable {
      var kind: String
      var text: String
      var verdict: String
      var tables: [String]
      var masked: [String]
      var translated: String
    }
    let read = try JSONDecoder().decode(Read.self, from: Data(line.utf8))
    #expect(read.text == "SELECT \"a\\b\"\n\t\u{1}\u{1F600} \u{e9}")
    #expect(read.kind == "statement" && read.verdict == "translated" && read.translated == "SELECT 2")
    #expect(read.tables == ["public.users"] && read.masked == ["public.users.email"])
    let record = try #require(AuditRecord(line: Array(line.utf8)))
    #expect(record["text"] == read.text)
    #expect(line.contains("\"parameters\":[null,\"x\\\"y\",{\"binary\":\"_w\"},{\"hashed\":\"ab\"}]"))
  }

  @Test func `every kind of event is read again by its members`() throws {
    let folder = try Folder()
    let log = try AuditLog(directory: folder.log, writer: "issuerd")
    for kind in IssuerEvent.Kind.allCases {
      try log.append(.issuer(.init(kind, actor: "a", person: "p", lease: "l", text: "t", details: ["b": "2", "a": "\"1\""])))
    }
    try log.append(
      .sessionOpened(.init(session: "s", lease: "l", person: "p", role: "r", scope: "c", database: "d", client: "x", tls: true)))
    try log.append(
      .sessionClosed(.init(session: "s", lease: "l", person: "p", why: "left", statements: 3, durationMicroseconds: 9)))
    let records = Array(try AuditReader(folder.log))
    #expect(records.dropFirst().map(\.kind) == IssuerEvent.Kind.allCases.map(\.rawValue) + ["session_opened", "session_closed"])
    #expect(records[1].members["details"]?["a"] == .string("\"1\""))
    #expect(records.last?.number("statements") == 3)
  }

  @Test func `text that is no UTF-8 is kept byte for byte`() throws {
    #expect(AuditText([0x41, 0xff]) == .bytes([0x41, 0xff]))
    #expect(AuditText([0x41]) == .text("A"))
  }

  @Test func `equal parameters hash alike within one log and differently in the next`() throws {
    let folder = try Folder()
    let one = try AuditLog(directory: folder.log, writer: "a")
    let two = try AuditLog(directory: folder.path + "/b", writer: "b")
    #expect(one.hashed([1]) == one.hashed([1]))
    #expect(one.hashed([1]) != one.hashed([2]))
    #expect(one.hashed([1]) != two.hashed([1]))
  }

  @Test(arguments: [
    "", "{", "{}x", "{\"a\":}", "{\"a\":01}", "[1,]", "{\"a\" 1}", "\"\u{1}\"", "\"\\ud800\"", "\"\\x\"", "nul", "--1", "1.",
    "1e",
    String(repeating: "[", count: 40) + String(repeating: "]", count: 40),
  ])
  func `what is no JSON is refused`(text: String) {
    #expect(JSONParser.parse(Array(text.utf8)) == nil)
  }

  @Test func `JSON is read as RFC 8259 says`() {
    let value = JSONParser.parse(Array("{\"a\" : [1, -2.5e+3, true, null, \"\\ud83d\\ude00\\u00e9\\/\"]}".utf8))
    #expect(value?["a"] == .array([.number("1"), .number("-2.5e+3"), .bool(true), .null, .string("\u{1F600}\u{e9}/")]))
  }

  @Test func `times go to text and back, and sort as texts`() {
    var generator = SplitMix(state: 7)
    var times = (0..<2000).map { _ in AuditTime(microseconds: .random(in: 0...4_000_000_000_000_000, using: &generator)) }
    for time in times { #expect(AuditTime(time.description) == time) }
    times.sort()
    #expect(times.map(\.description) == times.map(\.description).sorted())
    #expect(AuditTime(microseconds: 1_709_210_096_000_042).description == "2024-02-29T12:34:56.000042Z")
    #expect(AuditTime("2024-02-29")?.description == "2024-02-29T00:00:00.000000Z")
    #expect(AuditTime("2024-02-29 12:34Z")?.description == "2024-02-29T12:34:00.000000Z")
  }

  @Test(arguments: [
    "2023-02-29", "2024-13-01", "2024-1-1", "2024-01-01T24:00", "2024-01-01T00:00:00.", "now", "", "2024-01-01T00:00:00.1234567",
  ])
  func `a time that is none is refused`(text: String) {
    #expect(AuditTime(text) == nil)
  }
}
