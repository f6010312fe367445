/// Looks into bytes in place, for what finds messages in one pass. Each look is checked against the span's end by the span itself; the
/// callers check first, so that no peer can make it trap.
extension RawSpan {
  @inline(__always)
  func byte(at offset: Int) -> UInt8 { unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self) }

  @inline(__always)
  func uint16(at offset: Int) -> UInt16 { UInt16(bigEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self)) }

  @inline(__always)
  func uint32(at offset: Int) -> UInt32 { UInt32(bigEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self)) }

  /// Where the message of a type that begins at an offset ends; nil when it is of another type, has no length that a message can have, or
  /// is not all there.
  @inline(__always)
  func messageEnd(_ type: UInt8, at start: Int) -> Int? {
    guard byteCount - start >= FrameLimits.headerBytes, byte(at: start) == type else { return nil }
    let length = Int(uint32(at: start + 1))
    guard length >= FrameLimits.lengthWordBytes, length < byteCount - start else { return nil }
    return start + 1 + length
  }

  /// For people: what is not UTF-8 is replaced.
  var displayText: String { unsafe withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) } }

  /// Eight bytes at a time: a byte that is 0 borrows from its highest bit.
  func firstNUL(in range: Range<Int>) -> Int? {
    var at = range.lowerBound
    while at + 8 <= range.upperBound {
      let word = UInt64(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self))
      let zeros = (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
      if zeros != 0 { return at + zeros.trailingZeroBitCount >> 3 }
      at += 8
    }
    while at < range.upperBound {
      if byte(at: at) == 0 { return at }
      at += 1
    }
    return nil
  }
}
