import Detectors
import Glibc

// How fast the detectors read: CPU time of one thread, values one by one as the proxy hands them in, of rows that lie side by side. Run by
// benchmarks/detectors.sh.

func measure(_ name: String, _ values: [[UInt8]]) {
  let scanner = DetectorScanner(.all)
  // A length before each, as in a DataRow.
  var bytes: [UInt8] = []
  var ranges: [Range<Int>] = []
  for value in values {
    for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: value.count >> shift)) }
    ranges.append(bytes.count..<bytes.count + value.count)
    bytes += value
  }
  let textBytes = bytes.count - 4 * values.count
  var hits: [Detection] = []
  var (found, best) = (0, Double.infinity)
  for _ in 0..<15 {
    found = 0
    let start = clock()
    for range in ranges {
      scanner.scan(range, of: unsafe bytes.span.bytes, into: &hits)
      found += hits.count
    }
    best = min(best, Double(clock() - start) / Double(CLOCKS_PER_SEC))
  }
  let speed = Int(Double(textBytes) / best / 1e6)
  let share = Int((Double(found) / Double(values.count) * 100).rounded())
  print("\(name): \(speed) MB/s, \(textBytes / values.count) bytes a value, \(share) findings in 100 values")
}

var samples = SampleValues()
let text = samples.cleanText(100_000)
measure("clean, text columns", text)
measure("clean, every column", samples.cleanColumns(50_000))
measure("clean, one megabyte at a time", (0..<16).map { _ in Array(text.joined(separator: [10]).prefix(1 << 20)) })
measure("dense", samples.dense(50_000))
