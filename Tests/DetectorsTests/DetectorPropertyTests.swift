import Detectors
import Testing

@Test(arguments: [1, 2, 3, 4] as [UInt64])
func `the scanner finds exactly what the slow reference finds`(seed: UInt64) {
  var texts = RandomTexts(seed: seed)
  for number in 0..<400 {
    let text = number % 8 == 7 ? texts.noise(200) : texts.text()
    let found = DetectorScanner(.all).scan(text)
    let expected = SlowReference.scan(text)
    #expect(found == expected, "seed \(seed), text \(number): \(String(decoding: text, as: UTF8.self).debugDescription)")
    if found != expected { return }
  }
}

@Test func `findings are in order, inside of the text, and apart`() {
  var texts = RandomTexts(seed: 5)
  for _ in 0..<3000 {
    let text = texts.text() + texts.noise(30)
    var end = 0
    for hit in DetectorScanner(.all).scan(text) {
      #expect(hit.start >= end && hit.end > hit.start && hit.end <= text.count)
      end = hit.end
    }
  }
}

@Test func `what stands in the bytes before and behind is not looked at`() {
  var texts = RandomTexts(seed: 6)
  for _ in 0..<1000 {
    let (before, text, behind) = (texts.noise(17), texts.text(), texts.noise(19))
    let whole = before + text + behind
    let place = before.count..<before.count + text.count
    var inside: [Detection] = []
    DetectorScanner(.all).scan(unsafe whole.span.bytes.extracting(place), into: &inside)
    #expect(inside == DetectorScanner(.all).scan(text))
    DetectorScanner(.all).scan(place, of: unsafe whole.span.bytes, into: &inside)
    #expect(inside == DetectorScanner(.all).scan(text))
  }
}

/// Bytes that would make a scanner that goes back read everything again and again: 64 kB of each are read in the time of one pass
/// (with a quadratic one this test would run for hours).
@Test(arguments: [
  "a", "@", "a@", "a.", "a@b.", "1", "1 ", "1-", "1111 ", "+1", "+", "(", "eyJ", "eyJ.", "eyJa-", "xoxb-", "sk-", "iss_",
  "ghp_", "sk_live_", "AKIA", "DE89 ", "DE89", "-----BEGIN PRIVATE KEY-----", "-----BEGIN ", "-", "\u{e9}", "\u{e9}@",
])
func `no text takes more than one pass`(unit: String) {
  let bytes = Array(unit.utf8)
  let text = Array((0..<(1 << 16) / bytes.count).map { _ in bytes }.joined())
  _ = DetectorScanner(.all).scan(text)
}
