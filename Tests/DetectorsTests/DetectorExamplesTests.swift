import Detectors
import Testing

private func found(_ text: String, _ kinds: DetectorKinds = .all) -> [String] {
  let bytes = Array(text.utf8)
  return DetectorScanner(kinds).scan(bytes).map {
    "\($0.kind.rawValue) \(String(decoding: bytes[$0.range], as: UTF8.self))"
  }
}

@Test(arguments: [
  ("write to Ann.O'Neil+x@mail.example.co.uk.", "email Ann.O'Neil+x@mail.example.co.uk"),
  ("<a@b.cc>", "email a@b.cc"), ("'ann@example.org'", "email ann@example.org"),
  ("bücher@köln.example", "email bücher@köln.example"), ("a@b.xn--p1ai", "email a@b.xn--p1ai"),
  ("call +43 (0) 660-123 45 67 now", "phone +43 (0) 660-123 45 67"), ("+12025550123", "phone +12025550123"),
  ("4111111111111111", "card 4111111111111111"), ("card:3782 822463 10005,", "card 3782 822463 10005"),
  ("4111-1111-1111-1111 123", "card 4111-1111-1111-1111"), ("5555 5555 5555 4444", "card 5555 5555 5555 4444"),
  ("DE89370400440532013000", "iban DE89370400440532013000"), ("at AT61 1904 3002 3457 3201.", "iban AT61 1904 3002 3457 3201"),
  ("GB29NWBK60161331926819", "iban GB29NWBK60161331926819"), ("ssn 078-05-1120", "national-id 078-05-1120"),
  ("12345678Z", "national-id 12345678Z"), ("X1234567L", "national-id X1234567L"),
  ("RSSMRA85T10A562S", "national-id RSSMRA85T10A562S"), ("131052-308T", "national-id 131052-308T"),
  ("811228-9874", "national-id 811228-9874"), ("19811228-9874", "national-id 19811228-9874"),
  ("85.07.30-033.28", "national-id 85.07.30-033.28"), ("111.444.777-35", "national-id 111.444.777-35"),
  ("1 84 12 76 451 089 46", "national-id 1 84 12 76 451 089 46"), ("184127645108946", "national-id 184127645108946"),
  ("key AKIAIOSFODNN7EXAMPLE", "token AKIAIOSFODNN7EXAMPLE"),
  ("ghp_0123456789abcdefghijABCDEFGHIJ012345", "token ghp_0123456789abcdefghijABCDEFGHIJ012345"),
  ("iss_0123456789abcdefghijABCDEFGHIJ0123456789_-x", "token iss_0123456789abcdefghijABCDEFGHIJ0123456789_-x"),
  ("xoxb-1234567890-abcdef", "token xoxb-1234567890-abcdef"), ("sk_live_0123456789abcdef", "token sk_live_0123456789abcdef"),
  ("Bearer eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl", "token eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl"),
  (
    "x -----BEGIN RSA PRIVATE KEY-----\nAA==\n-----END RSA PRIVATE KEY----- y",
    "key -----BEGIN RSA PRIVATE KEY-----\nAA==\n-----END RSA PRIVATE KEY-----"
  ),
  ("-----BEGIN PRIVATE KEY-----\nAA", "key -----BEGIN PRIVATE KEY-----\nAA"),
])
func `what is one is found, whole and alone`(text: String, expected: String) {
  #expect(found(text) == [expected])
}

@Test(arguments: [
  "a@b", "@example.com", "a@b.c1", "user@host", "1+2345678901", "+0123456789", "+1234567", "+1234567890123456",
  "4111111111111112", "9111111111111111", "0.4111111111111111", "x4111111111111111", "41111111111111111",
  "4111 1111-1111 1111", "DE89370400440532013001", "ZZ89370400440532013000", "XDE89370400440532013000", "000-12-3456",
  "666-12-3456", "078-05-11201", "a-078-05-1120", "12345678A", "131052-308U", "811228-9873", "85.07.30-033.29",
  "111.444.777-36", "184127645108947", "AKIAIOSFODNN7EXAMPL", "ghp_short", "xghp_0123456789abcdefghijABCDEFGHIJ012345",
  "eyJhbGciOiJI.eyJ", "-----BEGIN PUBLIC KEY-----", "2024-01-02 03:04:05.678901+00",
  "550e8400-e29b-41d4-a716-446655440000", "",
])
func `what only looks like one is left alone`(text: String) {
  #expect(found(text) == [])
}

@Test func `a kind that was not asked for is not found`() {
  let text = "ann@example.com +12025550123 4111111111111111 DE89370400440532013000 078-05-1120 AKIAIOSFODNN7EXAMPLE"
  for kind in DetectorKind.allCases where kind != .key {
    #expect(found(text, DetectorKinds(kind)).map { $0.split(separator: " ")[0] } == [Substring(kind.rawValue)])
  }
  #expect(found(text, []) == [])
}

@Test func `what overlaps is one finding of the kind that begins first`() {
  #expect(found("4111111111111111@example.com") == ["email 4111111111111111@example.com"])
  #expect(found("ann.4111111111111111@example.com") == ["email ann.4111111111111111@example.com"])
}

@Test func `a finding is whole on whatever side of a block's edge it lies`() {
  for (kind, value) in [
    ("email", "ann@example.com"), ("card", "4111 1111 1111 1111"), ("iban", "DE89370400440532013000"),
    ("phone", "+43 660 1234567"), ("national-id", "078-05-1120"), ("token", "AKIAIOSFODNN7EXAMPLE"),
  ] {
    for offset in 0..<140 {
      let text = String(repeating: ".", count: offset) + " " + value
      #expect(found(text + " .") == ["\(kind) \(value)"])
      #expect(found(text) == ["\(kind) \(value)"])
    }
  }
}
