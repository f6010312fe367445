import Detectors
import Policy
import PostgresWire
import TestSupport
import Testing

@testable import Proxy

/// Rows as they come, many at once in one piece of memory, whose lengths are bytes like any other.
@Suite struct DetectedRowsTests {
  private static let types: [(oid: UInt32, format: UInt16)] = [
    (25, 0), (1043, 1), (114, 0), (3802, 1), (1700, 0), (20, 0), (1009, 0), (16_999, 0), (16_999, 1), (23, 0), (2950, 0),
    (1184, 0),
  ]
  private static let pieces = [
    "ann@example.com", "4111111111111111", "+43 660 1234567", "DE89370400440532013000", "078-05-1120", "12345678Z", "X1234567L",
    "RSSMRA85T10A562S", "AKIAIOSFODNN7EXAMPLE", "xoxb-1234567890-abcdef", "1 84 12 76 451 089 46", "3782-822463-10005",
    "550e8400-e29b",
    "2026-04-11 10:22:33.123456+00", "the parcel was late", "-----BEGIN RSA PRIVATE KEY-----", "@", "4", "DE", "\u{e9}",
  ].map { Array($0.utf8) }

  /// Of a length whose last byte is now and then a digit, a letter or an `@`, which belong to no value.
  private static func value(_ random: inout SeededGenerator) -> [UInt8]? {
    if Int.random(in: 0..<12, using: &random) == 0 { return nil }
    var bytes: [UInt8] = []
    for _ in 0..<Int.random(in: 0...3, using: &random) {
      bytes += pieces.randomElement(using: &random)!
      if Bool.random(using: &random) { bytes.append(Array(" .,-@+04A".utf8).randomElement(using: &random)!) }
    }
    if Int.random(in: 0..<4, using: &random) == 0, bytes.count < 120 {
      let length = [48, 53, 57, 64, 65, 90, 97, 122].randomElement(using: &random)!
      while bytes.count < length { bytes.append(Array("40 aZ".utf8).randomElement(using: &random)!) }
    }
    return bytes
  }

  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func `many rows at once become what each value by itself becomes`(seed: UInt64) throws {
    var random = SeededGenerator(state: seed)
    for _ in 0..<150 {
      var rules: DetectorRules = [:]
      for kind in DetectorKind.allCases {
        rules[kind] = [.maskMatch, .maskMatch, .maskValue, .alarm, nil].randomElement(using: &random)!
      }
      if rules.isEmpty { continue }
      let types = (0..<Int.random(in: 1...9, using: &random)).map { _ in Self.types.randomElement(using: &random)! }
      let rows = (0..<Int.random(in: 1...6, using: &random)).map { _ in types.map { _ in Self.value(&random) } }
      let mask = ValueMask(rules: rules)
      let scanner = DetectorScanner(DetectorKinds(rules.keys))
      var (expected, sent) = (WireWriter(), WireWriter())
      var found: [Int: Int] = [:]
      for row in rows {
        DataRow(row).encode(into: &sent)
        DataRow(
          zip(row, types).enumerated().map { column, field in
            let form = ValueForm(typeOID: field.1.oid, format: field.1.format)
            guard let value = field.0, form != .skipped else { return field.0 }
            let hits = scanner.scan(value)
            found[column, default: 0] += hits.count
            guard let action = mask.action(hits) else { return value }
            var shown: [UInt8] = []
            return unsafe mask.append(value.span.bytes, hits, as: form, action, to: &shown) ? shown : nil
          }
        ).encode(into: &expected)
      }
      for atOnce in [true, false] {
        let detectors = try #require(WireDetectors(rules))
        var description = WireWriter()
        RowDescription(columns: types.map { .init(name: [97], typeOID: $0.oid, format: $0.format) }).encode(into: &description)
        try detectors.describe(unsafe description.bytes.span.bytes.extracting(droppingFirst: 5))
        var shown: [UInt8] = []
        if atOnce {
          shown = try unsafe detectors.rows(DataRow.type, sent.bytes.span.bytes) ?? sent.bytes
        } else {
          for row in rows {
            var one = WireWriter()
            DataRow(row).encode(into: &one)
            shown += try unsafe detectors.rows(DataRow.type, one.bytes.span.bytes) ?? one.bytes
          }
        }
        #expect(shown == expected.bytes, "seed \(seed): \(String(decoding: sent.bytes, as: UTF8.self).debugDescription)")
        var counted: [Int: Int] = [:]
        for entry in detectors.takeFindings() {
          guard case .column(let column) = entry.place else { continue }
          counted[column, default: 0] += entry.count
        }
        #expect(counted == found.filter { $0.value > 0 })
        if shown != expected.bytes { return }
      }
    }
  }

  @Test func `lines of COPY at once become what each by itself becomes`() throws {
    let rules: DetectorRules = [.email: .maskMatch, .card: .maskValue]
    var (sent, expected) = (WireWriter(), WireWriter())
    for (line, shown) in [
      ("1\tann@example.com\tx\n", "1\t***\tx\n"), ("2\tnothing\tx\n", "2\tnothing\tx\n"),
      ("3\tno 4111111111111111 of\tbob@example.com\n", "3\t***\t***\n"), ("4\t\\N\t\n", "4\t\\N\t\n"),
    ] {
      CopyData(Array(line.utf8)).encode(into: &sent)
      CopyData(Array(shown.utf8)).encode(into: &expected)
    }
    let detectors = try #require(WireDetectors(rules))
    #expect(try unsafe detectors.rows(CopyData.type, sent.bytes.span.bytes) == expected.bytes)
  }

  @Test(
    arguments: [
      [0], [0, 1], [0, 1, 0, 0, 0, 9, 97], [0, 1, 255, 255, 255, 254], [0, 1, 255, 255, 255, 255, 0], [0, 2, 255, 255, 255, 255],
    ] as [[UInt8]])
  func `a row whose lengths do not hold is an error, whatever rows stand around it`(body: [UInt8]) throws {
    let detectors = try #require(WireDetectors([.email: .maskMatch]))
    var writer = WireWriter()
    DataRow([Array("ann@example.com".utf8)]).encode(into: &writer)
    let messages = writer.bytes + [DataRow.type, 0, 0, 0, UInt8(body.count + 4)] + body + writer.bytes
    #expect(throws: WireError.self) { try unsafe detectors.rows(DataRow.type, messages.span.bytes) }
  }
}
