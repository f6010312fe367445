/// Names one timer of one loop; good until it fired or was cancelled.
public struct TimerToken: Sendable, Hashable {
  let sequence: UInt64

  /// Of no timer: to cancel it does nothing.
  public static let none = TimerToken(sequence: 0)
}

/// Timers of one loop: a binary heap by due time. Cancelled timers stay until their time comes, without their body.
struct TimerHeap {
  private struct Entry {
    var dueMilliseconds: UInt64
    var sequence: UInt64
  }
  /// A closure by itself would be wrapped in another one by the dictionary.
  private struct Body {
    var run: () -> Void
  }
  private var heap: [Entry] = []
  private var bodies: [UInt64: Body] = [:]
  private var nextSequence: UInt64 = 1

  var isEmpty: Bool { bodies.isEmpty }

  mutating func add(dueMilliseconds: UInt64, _ body: @escaping () -> Void) -> TimerToken {
    let sequence = nextSequence
    nextSequence += 1
    bodies[sequence] = Body(run: body)
    heap.append(Entry(dueMilliseconds: dueMilliseconds, sequence: sequence))
    siftUp(heap.count - 1)
    return TimerToken(sequence: sequence)
  }

  mutating func cancel(_ token: TimerToken) {
    bodies[token.sequence] = nil
    // A heap that is mostly cancelled entries is rebuilt: sessions that come and go must not leave a trace until their deadlines.
    if heap.count > 64, heap.count > 2 * bodies.count { compact() }
  }

  /// When the next timer is due; nil without one.
  mutating func nextDueMilliseconds() -> UInt64? {
    while let first = heap.first {
      if bodies[first.sequence] != nil { return first.dueMilliseconds }
      removeFirst()
    }
    return nil
  }

  /// Takes the body of one timer that is due.
  mutating func popDue(nowMilliseconds: UInt64) -> (() -> Void)? {
    while let first = heap.first, first.dueMilliseconds <= nowMilliseconds {
      removeFirst()
      if let body = bodies.removeValue(forKey: first.sequence) { return body.run }
    }
    return nil
  }

  private mutating func compact() {
    let live = heap.filter { bodies[$0.sequence] != nil }
    heap.removeAll(keepingCapacity: false)
    for entry in live {
      heap.append(entry)
      siftUp(heap.count - 1)
    }
  }

  private mutating func removeFirst() {
    heap.swapAt(0, heap.count - 1)
    heap.removeLast()
    var index = 0
    while true {
      let left = 2 * index + 1
      guard left < heap.count else { return }
      let right = left + 1
      let child = right < heap.count && heap[right].dueMilliseconds < heap[left].dueMilliseconds ? right : left
      guard heap[child].dueMilliseconds < heap[index].dueMilliseconds else { return }
      heap.swapAt(index, child)
      index = child
    }
  }

  private mutating func siftUp(_ from: Int) {
    var index = from
    while index > 0 {
      let parent = (index - 1) / 2
      guard heap[index].dueMilliseconds < heap[parent].dueMilliseconds else { return }
      heap.swapAt(index, parent)
      index = parent
    }
  }
}
