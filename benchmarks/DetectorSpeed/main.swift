import Detectors
import Glibc

// How fast the detectors read: CPU time of one thread, values one by one as the proxy hands them in. Run by benchmarks/detectors.sh.

func measure(_ name: String, _ values: [[UInt8]]) {
  let scanner = DetectorScanner(.all)
  let bytes = values.reduce(0) { $0 + $1.count }
  var hits: [Detection] = []
  var (found, best) = (0, Double.infinity)
  for _ in 0..<15 {
    found = 0
    let start = clock()
    for value in values {
      scanner.scan(value, into: &hits)
      found += hits.count
    }
    best = min(best, Double(clock() - start) / Double(CLOCKS_PER_SEC))
  }
  let speed = Int(Double(bytes) / best / 1e6)
  let share = Int((Double(found) / Double(values.count) * 100).rounded())
  print("\(name): \(speed) MB/s, \(bytes / values.count) bytes a value, \(share) findings in 100 values")
}

var samples = SampleValues()
let text = samples.cleanText(100_000)
measure("clean, text columns", text)
measure("clean, every column", samples.cleanColumns(50_000))
measure("clean, one megabyte at a time", (0..<16).map { _ in Array(text.joined(separator: [10]).prefix(1 << 20)) })
measure("dense", samples.dense(50_000))
