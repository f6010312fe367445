/// Texts that are mostly personal data and near misses of it. One seed makes them all.
struct RandomTexts: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// SplitMix64.
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }

  private static let pieces = [
    "ann@example.com", "x.y'z+1@mail.co.uk", "a@b.xn--p1ai", "+43 660 1234567", "+1 (202) 555-0123", "4111111111111111",
    "4111 1111 1111 1111", "3782-822463-10005", "6011000990139424", "DE89 3704 0044 0532 0130 00", "GB29NWBK60161331926819",
    "NO9386011117947", "078-05-1120", "12345678Z", "X1234567L", "RSSMRA85T10A562S", "131052-308T", "811228-9874",
    "19811228-9874", "85.07.30-033.28", "111.444.777-35", "1 84 12 76 451 089 46", "184127645108946", "AKIAIOSFODNN7EXAMPLE",
    "ghp_0123456789abcdefghijABCDEFGHIJ012345", "iss_0123456789abcdefghijABCDEFGHIJ0123456789_-x", "xoxb-1234567890-abcdef",
    "sk_live_0123456789abcdef", "eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl", "github_pat_0123456789abcdefghijAB",
    "sk-0123456789abcdefghijABCDEFGHIJ01", "AIza0123456789abcdefghijABCDEFGHIJ01234",
    "-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----", "-----BEGIN PUBLIC KEY-----",
    "2024-01-02 03:04:05.678901+00", "550e8400-e29b-41d4-a716-446655440000", "the parcel was late", "ünïcode", "\0",
  ].map { Array($0.utf8) }
  private static let glue = Array(" .,;:-_@+/()'\"\n\tx0Z".utf8)

  /// Pieces side by side, each perhaps changed.
  mutating func text() -> [UInt8] {
    var bytes: [UInt8] = []
    for _ in 0..<Int.random(in: 1...5, using: &self) {
      var piece = Self.pieces.randomElement(using: &self)!
      for _ in 0..<[0, 0, 0, 1, 1, 3].randomElement(using: &self)! {
        let place = Int.random(in: 0..<piece.count, using: &self)
        switch Int.random(in: 0..<4, using: &self) {
        case 0: piece[place] = UInt8.random(in: 0...255, using: &self)
        case 1: piece[place] = UInt8.random(in: 48...57, using: &self)
        case 2: piece.insert(Self.glue.randomElement(using: &self)!, at: place)
        default: if piece.count > 1 { piece.remove(at: place) }
        }
      }
      bytes += piece
      for _ in 0..<[0, 1, 1, 1, 2].randomElement(using: &self)! { bytes.append(Self.glue.randomElement(using: &self)!) }
    }
    return bytes
  }

  /// Few different bytes, so that what is looked for comes up again and again.
  mutating func noise(_ count: Int) -> [UInt8] {
    let some = Array("1403 -.@+aZJeyI_xok\u{e9}".utf8)
    return (0..<count).map { _ in some.randomElement(using: &self)! }
  }
}
