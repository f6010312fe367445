import Foundation
import Testing

@testable import Reactor

@Suite struct EventLoopTests {
  @Test func `bodies run on the loop in the order of calls`() throws {
    let loop = try EventLoop()
    try loop.start()
    let witness = Witness()
    for number in 0..<100 { loop.execute { witness.note("\(number) \(loop.isCurrent)") } }
    #expect(witness.waits { $0.events.count == 100 })
    #expect(witness.now.events == (0..<100).map { "\($0) true" })
    #expect(!loop.isCurrent)
    loop.stop()
  }

  @Test func `bodies that wait when the loop is stopped still run on it`() throws {
    for _ in 0..<50 {
      let loop = try EventLoop()
      try loop.start()
      let witness = Witness()
      for _ in 0..<20 { loop.execute { witness.note("\(loop.isCurrent)") } }
      loop.stop()
      #expect(witness.now.events == Array(repeating: "true", count: 20))
    }
  }

  @Test func `timers fire by due time, and a cancelled one never`() throws {
    let loop = try EventLoop()
    try loop.start()
    let witness = Witness()
    loop.execute {
      _ = loop.schedule(afterMilliseconds: 40) { witness.note("late") }
      let token = loop.schedule(afterMilliseconds: 20) { witness.note("cancelled") }
      _ = loop.schedule(afterMilliseconds: 10) { witness.note("early") }
      loop.cancel(token)
    }
    #expect(witness.waits { $0.events.count == 2 })
    #expect(witness.now.events == ["early", "late"])
    loop.stop()
  }

  @Test func `the heap gives timers in order and drops cancelled ones`() {
    var heap = TimerHeap()
    var fired: [Int] = []
    var tokens: [TimerToken] = []
    for number in 0..<500 {
      let due = (number * 7919) % 500
      tokens.append(heap.add(dueMilliseconds: UInt64(due)) { fired.append(due) })
    }
    for (number, token) in tokens.enumerated() where number % 3 == 0 { heap.cancel(token) }
    while let body = heap.popDue(nowMilliseconds: 1000) { body() }
    #expect(fired == fired.sorted())
    #expect(fired.count == 500 - 167)
    #expect(heap.isEmpty)
  }

  @Test func `a pool refuses when too many calls wait`() throws {
    let pool = try BlockingPool(threadCount: 1, waitingMax: 2)
    let gate = DispatchSemaphore(value: 0)
    let witness = Witness()
    #expect(
      pool.submit {
        witness.note("began")
        gate.wait()
      })
    #expect(witness.waits { $0.events == ["began"] })
    #expect(pool.submit { witness.note("second") })
    #expect(pool.submit { witness.note("third") })
    #expect(!pool.submit { witness.note("never") })
    gate.signal()
    #expect(witness.waits { $0.events == ["began", "second", "third"] })
    pool.stop()
  }
}
