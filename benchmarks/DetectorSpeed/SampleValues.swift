/// Values as applications have them; one seed makes the same in every run.
struct SampleValues {
  private var random = Seeded()
  private let words =
    "the customer asked for a refund of order since parcel was late and nobody answered Vienna invoice paid shipped Julia express"
    .split(separator: " ").map(String.init)

  /// Text columns in which nothing is found.
  mutating func cleanText(_ count: Int) -> [[UInt8]] {
    rows(count) { my, number in
      [
        my.sentence(2), my.sentence(5 + number % 12), "https://shop.example.com/orders/\(my.digits(5))?page=\(my.digits(1))",
        "{\"status\": \"\(my.sentence(1))\", \"count\": \(my.digits(3)), \"order_id\": \(my.digits(7))}",
      ]
    }
  }

  /// Columns of every kind in which nothing is found.
  mutating func cleanColumns(_ count: Int) -> [[UInt8]] {
    rows(count) { my, number in
      [
        String(number), my.sentence(2), my.moment(), my.sentence(5 + number % 12), "\(my.digits(5)).\(my.digits(2))",
        "550e\(my.digits(4))-e29b-41d4-a716-4466\(my.digits(8))",
        "{\"status\": \"\(my.sentence(1))\", \"count\": \(my.digits(3))}", "true",
      ]
    }
  }

  /// Something is found in six values of eight.
  mutating func dense(_ count: Int) -> [[UInt8]] {
    rows(count) { my, number in
      [
        "\(my.sentence(1)).\(my.sentence(1))\(number)@example.com", "+43 660 \(my.digits(7))", my.card(),
        "DE89 3704 0044 0532 0130 00", "078-05-1120", my.sentence(8), my.moment(), "ghp_" + String(repeating: "aB3", count: 12),
      ]
    }
  }

  private mutating func rows(_ count: Int, _ row: (inout Self, Int) -> [String]) -> [[UInt8]] {
    var values: [[UInt8]] = []
    for number in 0..<count { values += row(&self, number).map { Array($0.utf8) } }
    return values
  }

  private mutating func digits(_ count: Int) -> String {
    var text = ""
    for _ in 0..<count { text += String(Int.random(in: 0...9, using: &random)) }
    return text
  }

  private mutating func sentence(_ count: Int) -> String {
    var text = words.randomElement(using: &random) ?? ""
    for _ in 1..<count { text += " " + (words.randomElement(using: &random) ?? "") }
    return text
  }

  private mutating func moment() -> String { "2026-04-1\(digits(1)) 1\(digits(1)):\(digits(2)):33.\(digits(6))+00" }

  /// With a right check digit.
  private mutating func card() -> String {
    let body = "4" + digits(14)
    var sum = 0
    for (index, digit) in body.reversed().enumerated() {
      let value = (digit.wholeNumberValue ?? 0) * (index % 2 == 0 ? 2 : 1)
      sum += value > 9 ? value - 9 : value
    }
    return body + String((10 - sum % 10) % 10)
  }
}

/// SplitMix64.
private struct Seeded: RandomNumberGenerator {
  private var state: UInt64 = 20_260_401

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}
