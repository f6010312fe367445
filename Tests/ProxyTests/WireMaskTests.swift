import Policy
import Testing

@testable import Proxy

/// Masks computed on the wire show what sql/shadows/masks.sql shows, where they can.
@Suite struct WireMaskTests {
  private func shown(
    _ kind: MaskKind, _ type: UInt32, _ text: String?, name: String = "", modifier: Int32 = -1
  ) -> String? {
    WireMask(kind: kind, typeOID: type, typeName: name, typeModifier: modifier, isBinary: false).masked(
      text.map { Array($0.utf8) }
    )
    .map { String(decoding: $0, as: UTF8.self) }
  }

  private func binary(_ kind: MaskKind, _ type: UInt32, _ value: [UInt8]?) -> [UInt8]? {
    WireMask(kind: kind, typeOID: type, typeName: "", typeModifier: -1, isBinary: true).masked(value)
  }

  @Test(
    arguments: [
      (.partial, 25, "Johann", "J***n"), (.partial, 25, "John", "***"), (.partial, 1043, "Żółćą", "Ż***ą"),
      (.last4, 25, "411111111111", "****1111"),
      (.last4, 25, "12345678", "****"), (.email, 25, "john@example.com", "j***@***.com"),
      (.email, 25, "john@example.com and more", "j***@***"),
      (.email, 25, "@x", "***"), (.email, 25, "none", "***"), (.email, 25, "a@b@c.org", "a***@***"), (.redact, 25, "x", "***"),
      (.last4, 20, "123456789", "6789"), (.last4, 23, "99999999", nil), (.bucket, 23, "-47", "-40"), (.bucket, 20, "9", "0"),
      (.bucket, 1700, "-1234.56", "-1230"), (.bucket, 1700, "7.5", "0"), (.bucket, 1700, "NaN", nil),
      (.bucket, 701, "129.9", "120"),
      (.bucket, 701, "1e+40", nil), (.year, 1082, "1984-02-29", "1984-01-01"), (.month, 1082, "1984-02-29", "1984-02-01"),
      (.bucket, 1082, "1989-12-31", "1980-01-01"), (.year, 1082, "0009-01-01", nil), (.year, 1082, "10000-01-01", nil),
      (.year, 1082, "2001-01-01 BC", nil), (.year, 1082, "infinity", nil), (.year, 1082, "31/12/2001", nil),
      (.month, 1114, "2001-05-06 07:08:09.5", "2001-05-01 00:00:00"),
      (.year, 1184, "2001-01-01 00:30:00+01", "2000-01-01 00:00:00+00"),
      (.year, 1184, "1999-12-31 23:30:00-00:30", "2000-01-01 00:00:00+00"),
      (.redact, 2950, "x", "00000000-0000-0000-0000-000000000000"),
      (.redact, 3802, "{}", "\"***\""), (.redact, 17, "\\x01", "\\x"), (.redact, 1009, "{a}", "{***}"), (.redact, 16, "t", nil),
      (.hash, 25, "x", nil), (.null, 25, "x", nil), (.partial, 3802, "{}", nil), (.partial, 16, "t", nil),
      (.partial, 23, "5", nil),
    ] as [(MaskKind, UInt32, String, String?)])
  func `a value in text form`(_ kind: MaskKind, _ type: UInt32, _ value: String, _ expected: String?) {
    #expect(shown(kind, type, value) == expected)
  }

  @Test func `NULL stays NULL, but for redact, and lengths and extensions' types are kept`() {
    #expect(shown(.partial, 25, nil) == nil && shown(.redact, 25, nil) == "***" && shown(.redact, 23, nil) == "0")
    #expect(shown(.redact, 1043, "abc", modifier: 6) == "**" && shown(.redact, 1042, "a", modifier: 9) == "***  ")
    #expect(shown(.partial, 1042, "Johann   ", modifier: 13) == "J***n    ")
    #expect(
      shown(.partial, 99_999, "Johann", name: "public.citext") == "J***n" && shown(.redact, 99_999, "x", name: "mood") == nil)
    #expect(shown(.redact, 1007, "{1}", name: "integer[]") == "{}")
  }

  @Test func `a value in binary form`() {
    #expect(binary(.bucket, 21, [0, 47]) == [0, 40] && binary(.bucket, 21, [0xFF, 0xD1]) == [0xFF, 0xD8])
    #expect(binary(.last4, 23, [7, 0x5B, 0xCD, 0x15]) == [0, 0, 0x1A, 0x85])
    #expect(binary(.redact, 1700, [1]) == Array(repeating: 0, count: 8) && binary(.bucket, 1700, [0, 1]) == nil)
    #expect(binary(.redact, 869, []) == [2, 32, 0, 4, 0, 0, 0, 0] && binary(.redact, 1007, []) == nil)
    // 2000-03-01 and 1999-12-31, in days; a microsecond before 2000.
    #expect(
      binary(.month, 1082, [0, 0, 0, 60]) == [0, 0, 0, 60]
        && binary(.year, 1082, [0xFF, 0xFF, 0xFF, 0xFF]) == [0xFF, 0xFF, 0xFE, 0x93])
    #expect(binary(.year, 1114, Array(repeating: 0xFF, count: 8)) == [0xFF, 0xFF, 0xE3, 0x51, 0x73, 0xEC, 0x20, 0x00])
    #expect(binary(.year, 1082, [0x7F, 0xFF, 0xFF, 0xFF]) == nil && binary(.year, 1114, [0x80, 0, 0, 0, 0, 0, 0, 0]) == nil)
    #expect(binary(.bucket, 23, [1, 2]) == nil && binary(.year, 1082, []) == nil)
    #expect(binary(.bucket, 701, [0x40, 0x60, 0x3C, 0xCC, 0xCC, 0xCC, 0xCC, 0xCD]) == [0x40, 0x5E, 0, 0, 0, 0, 0, 0])
  }
}
