/// The bytes being scanned, in place. The only file of this target that looks at memory: every access is checked, and what is asked
/// for outside of the bytes is a NUL, which belongs to nothing that is recognised.
@safe
struct TextBytes {
  private let base: UnsafeRawBufferPointer
  let count: Int

  /// Lends the bytes for the length of `body`.
  static func lend<Result>(_ span: RawSpan, _ body: (TextBytes) -> Result) -> Result {
    unsafe span.withUnsafeBytes { body(unsafe TextBytes($0)) }
  }

  private init(_ base: UnsafeRawBufferPointer) {
    unsafe self.base = base
    count = base.count
  }

  @inline(__always) subscript(index: Int) -> UInt8 {
    guard UInt(bitPattern: index) < UInt(bitPattern: count) else { return 0 }
    return unsafe base.baseAddress.unsafelyUnwrapped.load(fromByteOffset: index, as: UInt8.self)
  }

  /// One bit for each of the 64 bytes from `start`, which is below `count`: the digits, and the bytes that something rare turns on.
  @inline(__always) func block(at start: Int) -> (digits: UInt64, rare: UInt64) {
    var (digits, rare) = (UInt64(0), UInt64(0))
    var lane = 0
    while lane < 64, start + lane < count {
      let bytes = sixteen(at: start + lane)
      let found = Self.classify(bytes)
      digits |= Self.bits(found.digits) << UInt64(lane)
      if found.rare[0] | found.rare[1] != 0 { rare |= Self.bits(found.rare) << UInt64(lane) }
      lane += 16
    }
    return (digits, rare)
  }

  /// 16 bytes from `start`; behind the end stand NULs.
  @inline(__always) private func sixteen(at start: Int) -> SIMD16<UInt8> {
    let left = count - start
    let from = unsafe base.baseAddress.unsafelyUnwrapped + start
    if left >= 16 { return unsafe from.loadUnaligned(as: SIMD16<UInt8>.self) }
    var words = SIMD2<UInt64>()
    if left >= 8 {
      words[0] = unsafe from.loadUnaligned(as: UInt64.self)
      // The last eight, moved to where they belong.
      if left > 8 { words[1] = unsafe (from + (left - 8)).loadUnaligned(as: UInt64.self) >> UInt64(8 * (16 - left)) }
    } else if left >= 4 {
      let low = unsafe UInt64(from.loadUnaligned(as: UInt32.self))
      let high = unsafe UInt64((from + (left - 4)).loadUnaligned(as: UInt32.self))
      words[0] = low | high << UInt64(8 * (left - 4))
    } else {
      for index in 0..<left { words[0] |= unsafe UInt64(from.load(fromByteOffset: index, as: UInt8.self)) << UInt64(8 * index) }
    }
    return unsafe unsafeBitCast(words, to: SIMD16<UInt8>.self)
  }

  /// All bits of a byte are set where the byte is a digit, and where it is one that `DetectorEngine.turn` looks at. Vectors are
  /// compared with vectors: only those operators are one instruction each.
  @inline(__always) private static func classify(_ bytes: SIMD16<UInt8>) -> (digits: SIMD2<UInt64>, rare: SIMD2<UInt64>) {
    let values: SIMD16<UInt8> = bytes &- SIMD16<UInt8>(repeating: 0x30)
    let digits: SIMDMask<SIMD16<Int8>> = values .< SIMD16<UInt8>(repeating: 10)
    var rare = matches(bytes, UInt8(ascii: "@"))
    rare .|= matches(bytes, UInt8(ascii: "+"))
    rare .|= matches(bytes, UInt8(ascii: "_"))
    rare .|= matches(bytes, UInt8(ascii: "J"))
    rare .|= matches(bytes, UInt8(ascii: "I"))
    rare .|= matches(bytes, UInt8(ascii: "B"))
    rare .|= matches(bytes, UInt8(ascii: "x"))
    rare .|= matches(bytes, UInt8(ascii: "k"))
    return unsafe (unsafeBitCast(digits, to: SIMD2<UInt64>.self), unsafeBitCast(rare, to: SIMD2<UInt64>.self))
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
