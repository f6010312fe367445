import CLinux
import Glibc

/// Reused 64 KB blocks of one loop, so that gathering output allocates nothing and an idle stream owns no buffer.
@safe final class BlockPool {
  static let blockBytes = 64 * 1024
  private static let keptMax = 64
  private let free = UnsafeMutablePointer<UnsafeMutableRawPointer>.allocate(capacity: keptMax)
  private var count = 0

  deinit {
    for index in 0..<count { unsafe free[index].deallocate() }
    unsafe free.deallocate()
  }

  func take() -> UnsafeMutableRawPointer {
    guard count > 0 else { return .allocate(byteCount: Self.blockBytes, alignment: 64) }
    count -= 1
    return unsafe free[count]
  }

  func give(_ block: UnsafeMutableRawPointer) {
    guard count < Self.keptMax else { return unsafe block.deallocate() }
    unsafe (free + count).initialize(to: block)
    count += 1
  }
}

/// Output that the socket has not taken yet: one contiguous run of bytes in a pooled block, or in memory of its own when it outgrows
/// the block. Its owner stops reading the other peer while it is not empty, which bounds it.
@safe final class WriteQueue {
  private var base: UnsafeMutableRawPointer?
  private var capacity = 0
  private var start = 0
  private var end = 0

  var count: Int { end - start }
  var isEmpty: Bool { end == start }

  var bytes: UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(start: base.map { unsafe UnsafeRawPointer($0) + start }, count: count)
  }

  deinit { if let base = unsafe base { unsafe base.deallocate() } }

  func append(_ source: UnsafeRawBufferPointer, pool: BlockPool) {
    guard let from = source.baseAddress, source.count > 0 else { return }
    reserve(source.count, pool: pool)
    unsafe (base! + end).copyMemory(from: from, byteCount: source.count)
    end += source.count
  }

  func consume(_ byteCount: Int, pool: BlockPool) {
    precondition(byteCount >= 0 && byteCount <= count)
    start += byteCount
    if start == end { release(pool: pool) }
  }

  /// Forgets the youngest bytes until this many are left.
  func cut(to byteCount: Int, pool: BlockPool) {
    guard byteCount < count else { return }
    end = start + max(0, byteCount)
    if start == end { release(pool: pool) }
  }

  func release(pool: BlockPool) {
    if let block = unsafe base {
      if capacity == BlockPool.blockBytes { unsafe pool.give(block) } else { unsafe block.deallocate() }
    }
    unsafe base = nil
    capacity = 0
    start = 0
    end = 0
  }

  private func reserve(_ more: Int, pool: BlockPool) {
    if capacity - end >= more { return }
    let needed = count + more
    if needed <= capacity, let block = unsafe base {
      unsafe memmove(block, block + start, count)
    } else {
      // The first block comes from the pool; beyond it the size doubles, so that appending stays linear.
      let grown = needed <= BlockPool.blockBytes ? BlockPool.blockBytes : max(needed, 2 * capacity)
      let fresh = unsafe grown == BlockPool.blockBytes ? pool.take() : .allocate(byteCount: grown, alignment: 64)
      if let old = unsafe base { unsafe fresh.copyMemory(from: old + start, byteCount: count) }
      let kept = count
      release(pool: pool)
      unsafe base = fresh
      capacity = grown
      end = kept
      return
    }
    end = count
    start = 0
  }
}
