extension DetectorEngine {
  /// The token that the byte at `at` belongs to: `_`, `J`, `I`, `x` and `k` stand in the prefixes.
  @inline(__always) func token(_ at: Int) -> (start: Int, end: Int)? {
    switch text[at] {
    case UInt8(ascii: "_"): underscored(at)
    case UInt8(ascii: "J"): webToken(at - 2)
    case UInt8(ascii: "I"): text[at - 2] == UInt8(ascii: "A") || text[at - 1] == UInt8(ascii: "A") ? cloudKey(at) : nil
    case UInt8(ascii: "x"): text.has("xox", at: at) ? slack(at) : nil
    case UInt8(ascii: "k"): text.has("sk-", at: at - 1) ? counted(at - 1, prefix: 3, 32, \.isBase64URL) : nil
    default: nil
    }
  }

  /// A token of `least` bytes or more behind its prefix, which follows nothing that could be of it.
  @inline(__always) private func counted(
    _ start: Int, prefix: Int, _ least: Int, atMost most: Int = .max, _ isIn: (UInt8) -> Bool
  ) -> (start: Int, end: Int)? {
    guard !text[start - 1].isBase64URL else { return nil }
    let end = text.run(from: start + prefix, atMost: most, isIn)
    return end - start - prefix >= least && !isIn(text[end]) ? (start, end) : nil
  }

  private func underscored(_ at: Int) -> (start: Int, end: Int)? {
    switch text[at - 1] {
    case UInt8(ascii: "p"), UInt8(ascii: "o"), UInt8(ascii: "u"), UInt8(ascii: "s"), UInt8(ascii: "r"):
      // ghp_, gho_, ghu_, ghs_, ghr_
      if text.has("gh", at: at - 3) { return counted(at - 3, prefix: 4, 36, \.isAlphanumeric) }
      return text.has("iss", at: at - 3) ? counted(at - 3, prefix: 4, 43, \.isBase64URL) : nil
    case UInt8(ascii: "b"):
      return text.has("github_pat_", at: at - 6) ? counted(at - 6, prefix: 11, 22, \.isBase64URL) : nil
    case UInt8(ascii: "m"): return text.has("npm", at: at - 3) ? counted(at - 3, prefix: 4, 36, \.isAlphanumeric) : nil
    case UInt8(ascii: "k"):
      guard text[at - 2] == UInt8(ascii: "s") || text[at - 2] == UInt8(ascii: "r"),
        text.has("live_", at: at + 1) || text.has("test_", at: at + 1)
      else { return nil }
      return counted(at - 2, prefix: 8, 16, \.isAlphanumeric)
    case UInt8(ascii: "c"): return text.has("whsec", at: at - 5) ? counted(at - 5, prefix: 6, 32, \.isAlphanumeric) : nil
    default: return nil
    }
  }

  /// RFC 7519: three parts, or the five of an encrypted one; the first is a JSON object, so it begins with `eyJ`.
  private func webToken(_ start: Int) -> (start: Int, end: Int)? {
    guard text.has("ey", at: start), !text[start - 1].isBase64URL, text[start - 1] != UInt8(ascii: ".") else { return nil }
    let first = text.run(from: start, \.isBase64URL)
    guard first - start >= 10, text[first] == UInt8(ascii: ".") else { return nil }
    var end = text.run(from: first + 1, \.isBase64URL)
    guard end - first > 4, text[end] == UInt8(ascii: ".") else { return nil }
    end = text.run(from: end + 1, \.isBase64URL)
    for _ in 0..<2 where text[end] == UInt8(ascii: ".") && text[end + 1].isBase64URL {
      end = text.run(from: end + 1, \.isBase64URL)
    }
    return (start, end)
  }

  /// AWS access key ids (AKIA, of a role ASIA), Google API keys (AIza).
  private func cloudKey(_ at: Int) -> (start: Int, end: Int)? {
    if text.has("AIza", at: at - 1) { return counted(at - 1, prefix: 4, 35, atMost: 35, \.isBase64URL) }
    guard text.has("AKIA", at: at - 2) || text.has("ASIA", at: at - 2) else { return nil }
    return counted(at - 2, prefix: 4, 16, atMost: 16) { $0.isCapital || $0.isDigit }
  }

  /// xoxb-, xoxp- and the like.
  private func slack(_ at: Int) -> (start: Int, end: Int)? {
    switch text[at + 3] {
    case UInt8(ascii: "a"), UInt8(ascii: "b"), UInt8(ascii: "e"), UInt8(ascii: "o"), UInt8(ascii: "p"), UInt8(ascii: "r"),
      UInt8(ascii: "s"):
      text[at + 4] == UInt8(ascii: "-") ? counted(at, prefix: 5, 10) { $0.isAlphanumeric || $0 == UInt8(ascii: "-") } : nil
    default: nil
    }
  }

  /// The end of the private key in whose `-----BEGIN ` the B stands at `at`: behind its end line, or of all bytes where that is cut off.
  func privateKey(_ at: Int) -> Int? {
    guard text.has("-----BEGIN ", at: at - 5) else { return nil }
    let label = at + 6
    let labelEnd = text.run(from: label, atMost: 48) { $0.isCapital || $0.isDigit || $0 == UInt8(ascii: " ") }
    // RFC 7468 section 10 and its older brothers; PGP has BLOCK behind it.
    guard text.has("PRIVATE KEY", at: labelEnd - 11) || text.has("PRIVATE KEY BLOCK", at: labelEnd - 17),
      text.has("-----", at: labelEnd)
    else { return nil }
    var place = labelEnd + 5
    while place < text.count {
      if text[place] == UInt8(ascii: "-"), text.has("-----END ", at: place) {
        place = text.run(from: place + 9, atMost: 48) { $0 != UInt8(ascii: "-") }
        return text.run(from: place, atMost: 5) { $0 == UInt8(ascii: "-") }
      }
      place += 1
    }
    return text.count
  }
}
