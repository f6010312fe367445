import CSodium
import Synchronization

/// Memory for secrets (`sodium_malloc`). A block takes nine system calls to map, lock and fence and as many to undo, each of which stops
/// the process's other threads; keys and derived passwords come and go many times a request. So a few small blocks are kept, wiped, for
/// the next secret of exactly that length: the guard page goes on standing right behind the last byte.
@safe
enum SecretMemory {
  private static let keptLengthMax = 64
  private static let keptBlocksMax = 16

  /// A writable block that nobody uses.
  @safe
  private struct Block: @unchecked Sendable {
    let memory: UnsafeMutableRawPointer
  }

  private static let kept = Mutex<[Int: [Block]]>([:])

  /// Zeroed, writable memory; nil when no locked memory is left.
  static func take(_ count: Int) -> UnsafeMutableRawPointer? {
    if let block = kept.withLock({ $0[count]?.popLast() }) { return unsafe block.memory }
    guard let memory = unsafe sodium_malloc(count) else { return nil }
    unsafe sodium_memzero(memory, count)
    return unsafe memory
  }

  /// Wipes memory that `take` gave, whether it was made read-only or not.
  static func giveBack(_ memory: UnsafeMutableRawPointer, _ count: Int) {
    unsafe sodium_mprotect_readwrite(memory)
    guard count <= keptLengthMax else { return unsafe sodium_free(memory) }  // wipes first
    unsafe sodium_memzero(memory, count)
    let block = unsafe Block(memory: memory)
    let isKept = kept.withLock { kept in
      guard kept[count, default: []].count < keptBlocksMax else { return false }
      kept[count, default: []].append(block)
      return true
    }
    if !isKept { unsafe sodium_free(memory) }
  }
}
