import Foundation
import IssuerAPI
import Synchronization

/// What a run took, as one JSON line.
struct Figures: Encodable {
  var count: Int
  var callers: Int
  var seconds: Double
  var perSecond: Double
  var p50Milliseconds: Double
  var p99Milliseconds: Double

  init(milliseconds: [Double], callers: Int, seconds: Double) {
    let sorted = milliseconds.sorted()
    func quantile(_ q: Double) -> Double { sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(Double(sorted.count) * q))] }
    count = sorted.count
    self.callers = callers
    self.seconds = seconds
    perSecond = Double(sorted.count) / seconds
    p50Milliseconds = quantile(0.5)
    p99Milliseconds = quantile(0.99)
  }
}

/// Milliseconds of a clock that only goes forward.
func now() -> Double { Double(DispatchTime.now().uptimeNanoseconds) / 1e6 }

func fail(_ text: String) -> Never {
  FileHandle.standardError.write(Data("issuer-load: \(text)\n".utf8))
  exit(1)
}

/// Does something `count` times from `callers` threads, each beginning the next when the last is done, and times each.
///
/// - Parameter body: is told the caller's number and that of the call.
func timed(count: Int, callers: Int, _ body: @escaping @Sendable (_ caller: Int, _ call: Int) throws -> Void) -> Figures {
  let progress = Progress()
  let ended = DispatchGroup()
  let start = now()
  // Threads of their own: Dispatch runs only as many at once as there are cores.
  for caller in 0..<callers {
    ended.enter()
    Thread.detachNewThread {
      var mine: [Double] = []
      while true {
        let call = progress.next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard call < count else { break }
        let began = now()
        do { try body(caller, call) } catch { fail("\(error)") }
        mine.append(now() - began)
      }
      progress.milliseconds.withLock { $0 += mine }
      ended.leave()
    }
  }
  ended.wait()
  return Figures(milliseconds: progress.milliseconds.withLock { $0 }, callers: callers, seconds: (now() - start) / 1000)
}

private final class Progress: Sendable {
  let next = Atomic<Int>(0)
  let milliseconds = Mutex<[Double]>([])
}

extension IssuerClient {
  func ask(_ scope: String) throws -> AccessRequest {
    try createRequest(
      AccessRequestCreate(scope: scope, lifetimeSeconds: 3600, reason: "benchmark", idempotencyKey: UUID().uuidString))
  }
}
