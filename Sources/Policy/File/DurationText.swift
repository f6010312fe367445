/// Durations as people write them: `45s`, `30m`, `8h`, `1h30m`, `2d`. A number without a unit is refused: nobody knows whether it
/// would be seconds or minutes.
public enum DurationText {
  private static let units: [(unit: Character, seconds: Int)] = [("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)]

  /// - Returns: nil for anything else, and for what does not fit; units must go from large to small, each at most once.
  public static func seconds(_ text: String) -> Int? {
    var total = 0
    var digits = ""
    var smallest = Int.max
    for character in text {
      if character.isASCII, character.isNumber {
        digits.append(character)
        continue
      }
      guard let unit = units.first(where: { $0.unit == character })?.seconds, unit < smallest, let count = Int(digits) else {
        return nil
      }
      let (part, tooLarge) = count.multipliedReportingOverflow(by: unit)
      let (sum, overflow) = total.addingReportingOverflow(part)
      if tooLarge || overflow { return nil }
      (total, smallest, digits) = (sum, unit, "")
    }
    return smallest == Int.max || !digits.isEmpty ? nil : total
  }

  /// The shortest such text: 5400 is `1h30m`.
  public static func text(_ seconds: Int) -> String {
    var left = max(0, seconds)
    var result = ""
    for (unit, length) in units where left >= length {
      result += "\(left / length)\(unit)"
      left %= length
    }
    return result.isEmpty ? "0s" : result
  }
}

/// Counts of bytes: `4096`, `64kB`, `10MB` (powers of 1000), `1GiB` (powers of 1024).
enum ByteCountText {
  private static let units: [(name: String, bytes: Int)] = [
    ("kB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30),
  ]

  static func bytes(_ text: String) -> Int? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let rest = text.dropFirst(digits.count)
    guard let count = Int(digits) else { return nil }
    if rest.isEmpty { return count }
    guard let unit = units.first(where: { $0.name == rest })?.bytes else { return nil }
    let (product, overflow) = count.multipliedReportingOverflow(by: unit)
    return overflow ? nil : product
  }
}
