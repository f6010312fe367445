import CLinux
import Glibc

/// Output that the socket has not taken yet: one contiguous run of bytes in a block of 64 KB, or in a larger one when it outgrows that.
/// Its owner stops reading the other peer while it is not empty, which bounds it.
@safe final class WriteQueue {
  static let blockBytes = 64 * 1024

  private var base = UnsafeMutableRawPointer.allocate(byteCount: blockBytes, alignment: 64)
  private var capacity = blockBytes
  private var start = 0
  private var end = 0
  /// In the pool.
  fileprivate var next: WriteQueue?

  var count: Int { end - start }
  var isEmpty: Bool { end == start }
  fileprivate var isLarge: Bool { capacity > Self.blockBytes }

  var bytes: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(start: base + start, count: count) }

  deinit { unsafe base.deallocate() }

  func append(_ source: UnsafeRawBufferPointer) {
    guard let from = source.baseAddress, source.count > 0 else { return }
    reserve(source.count)
    unsafe (base + end).copyMemory(from: from, byteCount: source.count)
    end += source.count
  }

  func consume(_ byteCount: Int) {
    precondition(byteCount >= 0 && byteCount <= count)
    start += byteCount
  }

  /// Forgets the youngest bytes until this many are left.
  func cut(to byteCount: Int) {
    if byteCount < count { end = start + max(0, byteCount) }
  }

  fileprivate func clear() {
    start = 0
    end = 0
  }

  private func reserve(_ more: Int) {
    if capacity - end >= more { return }
    let needed = count + more
    if needed <= capacity {
      unsafe memmove(base, base + start, count)
    } else {
      // The size doubles, so that appending stays linear.
      let grown = max(needed, 2 * capacity)
      let fresh = UnsafeMutableRawPointer.allocate(byteCount: grown, alignment: 64)
      unsafe fresh.copyMemory(from: base + start, byteCount: count)
      unsafe base.deallocate()
      unsafe base = fresh
      capacity = grown
    }
    end = count
    start = 0
  }
}

/// Write queues of one loop, lent to streams while they have output: an idle stream owns none, and gathering output allocates nothing.
final class QueuePool {
  private static let keptMax = 64
  private var first: WriteQueue?
  private var count = 0

  func take() -> WriteQueue {
    guard let queue = first else { return WriteQueue() }
    first = queue.next
    queue.next = nil
    count -= 1
    return queue
  }

  func give(_ queue: WriteQueue) {
    guard count < Self.keptMax, !queue.isLarge else { return }
    queue.clear()
    queue.next = first
    first = queue
    count += 1
  }
}
