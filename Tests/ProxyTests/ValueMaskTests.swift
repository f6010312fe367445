import Detectors
import Foundation
import Policy
import PostgresWire
import Testing

@testable import Proxy

@Suite struct ValueMaskTests {
  private static let everything = DetectorRules(uniqueKeysWithValues: DetectorKind.allCases.map { ($0, .maskMatch) })

  /// A row of one column through the detectors; nil for NULL.
  private func masked(_ value: [UInt8], type: UInt32, format: UInt16 = 0, _ rules: DetectorRules = everything) throws -> [UInt8]?
  {
    let detectors = try #require(WireDetectors(rules))
    var description = WireWriter()
    RowDescription(columns: [.init(name: Array("c".utf8), typeOID: type, format: format)]).encode(into: &description)
    try detectors.describe(unsafe Array(description.bytes.dropFirst(5)).span.bytes)
    var row = WireWriter()
    DataRow([value]).encode(into: &row)
    let message = try unsafe detectors.rows(DataRow.type, row.bytes.span.bytes) ?? row.bytes
    // The length is right, and the row is one of one column.
    #expect(
      message.count == 1 + Int(UInt32(message[1]) << 24 | UInt32(message[2]) << 16 | UInt32(message[3]) << 8 | UInt32(message[4]))
    )
    return try DataRow.decode(unsafe Array(message.dropFirst(5)).span.bytes).values[0]
  }

  private func masked(_ value: String, type: UInt32, _ rules: DetectorRules = everything) throws -> String? {
    try masked(Array(value.utf8), type: type, rules).map { String(decoding: $0, as: UTF8.self) }
  }

  @Test(arguments: [
    (#"{"a":"x\nann@example.com"}"#, #"{"a":"x\n***"}"#), (#"{"a":"\u00e4ann@example.com"}"#, #"{"a":"\u00e4***"}"#),
    (#"{"a":4111111111111111}"#, #"{"a":"***"}"#), (#"[-4111111111111111, 1]"#, #"["***", 1]"#),
    (#"{"a":"say \"ann@example.com\""}"#, #"{"a":"say \"***\""}"#), (#"{"ann@example.com":1}"#, #"{"***":1}"#),
    (#"{"k":"-----BEGIN PRIVATE KEY-----\nAAAA","b":1}"#, #"{"k":"***","b":1}"#), (#"{"a":"none"}"#, #"{"a":"none"}"#),
    (#"{"a":"\\ann@example.com"}"#, #"{"a":"\\***"}"#),
  ])
  func `JSON stays JSON`(value: String, expected: String) throws {
    #expect(try masked(value, type: 114) == expected)
    #expect(try masked(value, type: 3802) == expected)
    #expect(try masked([1] + Array(value.utf8), type: 3802, format: 1) == [1] + Array(expected.utf8))
    #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(expected.utf8), options: .fragmentsAllowed) }
  }

  @Test func `random JSON stays JSON`() throws {
    var random = SeededGenerator(state: 7)
    let pieces = [
      "ann@example.com", "\n", "\"", "\\", "é", "\u{1}", "4111111111111111", "-----BEGIN PRIVATE KEY-----", " ", "ü@köln.example",
      "+43 660 1234567", "x", "/", "DE89370400440532013000",
    ]
    for _ in 0..<500 {
      var object: [String: Any] = [:]
      for _ in 0..<3 {
        let text = (0..<Int.random(in: 1...6, using: &random)).map { _ in pieces.randomElement(using: &random)! }.joined()
        let inner: [String: Any] = ["n": 4_111_111_111_111_111, "list": [text, -5_500_005_555_555_559] as [Any]]
        object[text] = Bool.random(using: &random) ? text : inner
      }
      let json = try JSONSerialization.data(withJSONObject: object)
      let result = try #require(try masked(Array(json), type: 114))
      #expect(throws: Never.self, "\(String(decoding: json, as: UTF8.self)) became \(String(decoding: result, as: UTF8.self))") {
        try JSONSerialization.jsonObject(with: Data(result))
      }
    }
  }

  @Test func `a mask fits the type that it stands in`() throws {
    #expect(try masked("ann@example.com", type: 25) == "***")
    #expect(try masked("4111111111111111", type: 20) == "0")
    #expect(try masked("{4111111111111111,7}", type: 1016) == "{0,7}")
    #expect(try masked("{ann@example.com,x}", type: 1009) == "{***,x}")
    #expect(try masked("(1,ann@example.com)", type: 90_000) == "(1,***)")
    #expect(try masked("(1,ann@example.com)", type: 90_000, [.email: .maskValue]) == nil)
    #expect(try masked("{ann@example.com,x}", type: 1009, [.email: .maskValue]) == "{***}")
    #expect(try masked("4111111111111111", type: 20, [.card: .alarm]) == "4111111111111111")
    // A date has no room for anything.
    #expect(try masked("ann@example.com", type: 1082) == "ann@example.com")
    #expect(
      try masked(Array("\u{0}\u{0}ann@example.com".utf8), type: 90_000, format: 1) == [0, 0] + Array(repeating: 42, count: 15))
  }

  @Test func `an array in binary format that is none is an error, never a crash`() throws {
    for length in 0..<40 {
      let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 37) }
      do { _ = try masked(bytes, type: 1009, format: 1) } catch is WireError {}
    }
  }
}
