import Glibc

extension [UInt8] {
  /// The bytes as a span, for the time of the call.
  public func withSpan<Value, Failure: Error>(_ body: (RawSpan) throws(Failure) -> Value) throws(Failure) -> Value {
    try body(unsafe span.bytes)
  }
}

extension RawSpan {
  /// A copy of the bytes, for what must outlive the call.
  public var copied: [UInt8] { unsafe withUnsafeBytes { unsafe [UInt8]($0) } }

  /// Appends the bytes to an array.
  public func append(to bytes: inout [UInt8]) { unsafe withUnsafeBytes { unsafe bytes.append(contentsOf: $0) } }

  /// Whether these are exactly the bytes of the array.
  public func equals(_ bytes: [UInt8]) -> Bool {
    guard byteCount == bytes.count else { return false }
    return unsafe withUnsafeBytes { mine in
      unsafe bytes.withUnsafeBytes { unsafe mine.count == 0 || memcmp(mine.baseAddress!, $0.baseAddress!, mine.count) == 0 }
    }
  }

  /// Whether these are exactly the bytes in a range of the array, which must lie within it.
  public func equals(_ bytes: [UInt8], in range: Range<Int>) -> Bool {
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count)
    guard byteCount == range.count else { return false }
    return unsafe withUnsafeBytes { mine in
      unsafe bytes.withUnsafeBytes {
        unsafe mine.count == 0 || memcmp(mine.baseAddress!, $0.baseAddress! + range.lowerBound, mine.count) == 0
      }
    }
  }

  /// The bytes one by one, for the time of the call.
  public func withBytes<Value>(_ body: (Span<UInt8>) throws -> Value) rethrows -> Value {
    try unsafe withUnsafeBytes { try body(unsafe Span(_unsafeBytes: $0)) }
  }

  /// A 64-bit hash for tables of our own, eight bytes at a time; never for anything that must resist a forger who knows the seed.
  public func hash(seed: UInt64) -> UInt64 {
    unsafe withUnsafeBytes { bytes in
      let (first, second): (UInt64, UInt64) = (0x9E37_79B9_7F4A_7C15, 0xD6E8_FEB8_6659_FD93)
      var state = seed ^ (UInt64(bytes.count) &* first)
      var offset = 0
      while offset + 8 <= bytes.count {
        let word = unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        let (high, low) = (state ^ word).multipliedFullWidth(by: first)
        state = high ^ low ^ second
        offset += 8
      }
      var tail: UInt64 = 0
      while offset < bytes.count {
        tail = unsafe tail << 8 | UInt64(bytes[offset])
        offset += 1
      }
      let (high, low) = (state ^ tail).multipliedFullWidth(by: second)
      return high ^ low
    }
  }
}
