/// The bytes being scanned, in place. The only file of this target that looks at memory: every access is checked, and what is asked
/// for outside of the bytes is a NUL, which belongs to nothing that is recognised.
@safe
struct TextBytes {
  private let base: UnsafeRawPointer
  let count: Int
  /// Bytes that can be read from the first on: `count`, and what stands behind.
  private let readable: Int

  /// Lends some of the bytes, at least one of them, for the length of `body`.
  static func lend<Result>(_ range: Range<Int>, of bytes: RawSpan, _ body: (TextBytes) -> Result) -> Result {
    unsafe bytes.withUnsafeBytes { bytes in
      precondition(range.lowerBound >= 0 && !range.isEmpty && range.upperBound <= bytes.count, "outside of the bytes")
      return body(
        unsafe TextBytes(bytes.baseAddress! + range.lowerBound, range.count, readable: bytes.count - range.lowerBound))
    }
  }

  private init(_ base: UnsafeRawPointer, _ count: Int, readable: Int) {
    unsafe self.base = base
    self.count = count
    self.readable = readable
  }

  @inline(__always) subscript(index: Int) -> UInt8 {
    guard UInt(bitPattern: index) < UInt(bitPattern: count) else { return 0 }
    return unsafe base.load(fromByteOffset: index, as: UInt8.self)
  }

  /// One bit for each of 64 bytes.
  struct Block {
    var digits: UInt64 = 0
    /// Letters and digits of ASCII.
    var alphanumerics: UInt64 = 0
    /// What something rare turns on (`DetectorEngine.turn`).
    var rare: UInt64 = 0
  }

  /// Of the bytes from `start`, which is below `count`.
  @inline(__always) func block(at start: Int) -> Block {
    let left = count - start
    if readable - start >= 64 { return unsafe Self.block(base + start, min(left, 64)) }
    // What may not be read stands as NULs.
    var copy = SIMD64<UInt8>()
    let own = min(left, 64)
    return unsafe withUnsafeMutableBytes(of: &copy) {
      unsafe $0.baseAddress!.copyMemory(from: base + start, byteCount: own)
      return unsafe Self.block($0.baseAddress!, own)
    }
  }

  /// Of the first `own` of 64 bytes.
  @inline(__always) private static func block(_ from: UnsafeRawPointer, _ own: Int) -> Block {
    var block = Block()
    for lane in stride(from: 0, to: own, by: 16) {
      let found = unsafe classify((from + lane).loadUnaligned(as: SIMD16<UInt8>.self))
      block.digits |= bits(found.digits) << UInt64(lane)
      block.alphanumerics |= bits(found.alphanumerics) << UInt64(lane)
      if found.rare[0] | found.rare[1] != 0 { block.rare |= bits(found.rare) << UInt64(lane) }
    }
    if own < 64 {
      let bits = (1 as UInt64) << UInt64(own) - 1
      block.digits &= bits
      block.alphanumerics &= bits
      block.rare &= bits
    }
    return block
  }

  /// All bits of a byte are set where the byte is of that sort. Vectors are compared with vectors: only those operators are one
  /// instruction each.
  @inline(__always) private static func classify(
    _ bytes: SIMD16<UInt8>
  ) -> (digits: SIMD2<UInt64>, alphanumerics: SIMD2<UInt64>, rare: SIMD2<UInt64>) {
    let values: SIMD16<UInt8> = bytes &- SIMD16<UInt8>(repeating: 0x30)
    let digits: SIMDMask<SIMD16<Int8>> = values .< SIMD16<UInt8>(repeating: 10)
    let letters: SIMDMask<SIMD16<Int8>> =
      ((bytes | SIMD16<UInt8>(repeating: 0x20)) &- SIMD16<UInt8>(repeating: 0x61)) .< SIMD16<UInt8>(repeating: 26)
    let alphanumerics = digits .| letters
    var rare = matches(bytes, UInt8(ascii: "@"))
    rare .|= matches(bytes, UInt8(ascii: "+"))
    rare .|= matches(bytes, UInt8(ascii: "_"))
    rare .|= matches(bytes, UInt8(ascii: "J"))
    rare .|= matches(bytes, UInt8(ascii: "I"))
    rare .|= matches(bytes, UInt8(ascii: "B"))
    rare .|= matches(bytes, UInt8(ascii: "x"))
    rare .|= matches(bytes, UInt8(ascii: "k"))
    return unsafe (
      unsafeBitCast(digits, to: SIMD2<UInt64>.self), unsafeBitCast(alphanumerics, to: SIMD2<UInt64>.self),
      unsafeBitCast(rare, to: SIMD2<UInt64>.self)
    )
  }

  @inline(__always) private static func matches(_ bytes: SIMD16<UInt8>, _ byte: UInt8) -> SIMDMask<SIMD16<Int8>> {
    bytes .== SIMD16(repeating: byte)
  }

  /// One bit for each byte. The product moves bit 0 of byte k to bit 56 + k.
  @inline(__always) private static func bits(_ mask: SIMD2<UInt64>) -> UInt64 {
    let low = ((mask[0] & 0x0101_0101_0101_0101) &* 0x0102_0408_1020_4080) >> 56
    let high = ((mask[1] & 0x0101_0101_0101_0101) &* 0x0102_0408_1020_4080) >> 56
    return low | high << 8
  }

  /// Whether the text stands at `start`.
  @inline(__always) func has(_ word: StaticString, at start: Int) -> Bool {
    let length = word.utf8CodeUnitCount
    guard start >= 0, start <= count - length else { return false }
    for index in 0..<length where unsafe self[start + index] != word.utf8Start[index] { return false }
    return true
  }

  /// The end of the run of such bytes that begins at `start`, after at most `most` of them.
  @inline(__always) func run(from start: Int, atMost most: Int = .max, _ isIn: (UInt8) -> Bool) -> Int {
    var end = start
    let limit = most < count - start ? start + most : count
    while end < limit, isIn(self[end]) { end += 1 }
    return end
  }
}
