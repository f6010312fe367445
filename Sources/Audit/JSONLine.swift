import Glibc
import Sodium

/// Members of JSON objects, written by hand into memory that is used again: the audit log is on the way of every statement, and
/// Foundation's encoder costs more than the statement. This file alone of the module writes to raw memory.
@safe
struct JSONLine: ~Copyable, @unchecked Sendable {
  private var base: UnsafeMutableRawPointer
  private var capacity: Int
  private(set) var count = 0
  private static let digits = Array("0123456789abcdef".utf8)

  init(capacity: Int) {
    self.capacity = max(64, capacity)
    unsafe base = .allocate(byteCount: self.capacity, alignment: 16)
  }

  deinit { unsafe base.deallocate() }

  /// A copy.
  var bytes: [UInt8] { unsafe [UInt8](UnsafeRawBufferPointer(start: base, count: count)) }

  /// The bytes from an offset on.
  func withBytes<Value>(from start: Int = 0, _ body: (UnsafeRawBufferPointer) throws -> Value) rethrows -> Value {
    precondition(start >= 0 && start <= count)
    return unsafe try body(UnsafeRawBufferPointer(start: base + start, count: count - start))
  }

  /// Forgets what stands behind the offset, keeps the memory.
  mutating func cut(to count: Int) {
    precondition(count >= 0 && count <= self.count)
    self.count = count
  }

  /// Gives memory back that an unusually long record took.
  mutating func clear(keeping bytesMax: Int = 1 << 20) {
    count = 0
    guard capacity > bytesMax else { return }
    unsafe base.deallocate()
    capacity = bytesMax
    unsafe base = .allocate(byteCount: capacity, alignment: 16)
  }

  /// Room for as many bytes more.
  @inline(__always)
  private mutating func reserve(_ more: Int) {
    if capacity - count < more { grow(more) }
  }

  @inline(never)
  private mutating func grow(_ more: Int) {
    let grown = max(count + more, 2 * capacity)
    let fresh = UnsafeMutableRawPointer.allocate(byteCount: grown, alignment: 16)
    unsafe fresh.copyMemory(from: base, byteCount: count)
    unsafe base.deallocate()
    unsafe base = fresh
    capacity = grown
  }

  @inline(__always)
  private mutating func byte(_ byte: UInt8) {
    reserve(1)
    unsafe base.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
    count += 1
  }

  @inline(__always)
  private mutating func copy(_ bytes: UnsafeRawBufferPointer) {
    guard let from = bytes.baseAddress, bytes.count > 0 else { return }
    reserve(bytes.count)
    unsafe memcpy(base + count, from, bytes.count)
    count += bytes.count
  }

  @inline(__always)
  mutating func raw(_ text: StaticString) {
    unsafe copy(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  @inline(__always)
  mutating func raw(_ more: [UInt8]) { unsafe more.withUnsafeBytes { unsafe copy($0) } }

  mutating func raw(_ other: borrowing JSONLine) { unsafe copy(UnsafeRawBufferPointer(start: other.base, count: other.count)) }

  /// A member's name, behind a comma unless it is the object's first.
  mutating func name(_ name: StaticString) {
    if count > 0, unsafe base.load(fromByteOffset: count - 1, as: UInt8.self) != UInt8(ascii: "{") { byte(UInt8(ascii: ",")) }
    byte(UInt8(ascii: "\""))
    raw(name)
    raw("\":")
  }

  mutating func member(_ name: StaticString, _ text: String) {
    self.name(name)
    string(text)
  }

  mutating func member(_ name: StaticString, _ text: String?) {
    if let text { member(name, text) }
  }

  mutating func member(_ name: StaticString, _ number: some BinaryInteger) {
    self.name(name)
    self.number(UInt64(clamping: number))
  }

  mutating func member(_ name: StaticString, _ number: (some BinaryInteger)?) {
    if let number { member(name, number) }
  }

  mutating func member(_ name: StaticString, _ flag: Bool) {
    self.name(name)
    if flag { raw("true") } else { raw("false") }
  }

  /// Left out when empty.
  mutating func member(_ name: StaticString, _ texts: [String]) {
    guard !texts.isEmpty else { return }
    self.name(name)
    array(texts) { $0.string($1) }
  }

  mutating func array<Element>(_ elements: [Element], _ write: (inout JSONLine, Element) -> Void) {
    byte(UInt8(ascii: "["))
    for (index, element) in elements.enumerated() {
      if index > 0 { byte(UInt8(ascii: ",")) }
      write(&self, element)
    }
    byte(UInt8(ascii: "]"))
  }

  mutating func number(_ number: UInt64) {
    if number < 10 { return byte(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: number)) }
    var digits = 2
    var bound: UInt64 = 100
    while digits < 20, number >= bound {
      digits += 1
      bound = bound &* 10
    }
    decimal(number, digits: digits)
  }

  /// The last `digits` digits, with leading zeros; two at a time.
  mutating func decimal(_ number: UInt64, digits: Int) {
    reserve(digits)
    var rest = number
    var at = count + digits
    while at - count >= 2 {
      at -= 2
      let (more, pair) = (rest / 100, UInt16(truncatingIfNeeded: rest % 100))
      let (tens, ones) = (pair / 10, pair % 10)
      unsafe base.storeBytes(of: (0x3030 | ones << 8 | tens).littleEndian, toByteOffset: at, as: UInt16.self)
      rest = more
    }
    if at > count {
      unsafe base.storeBytes(of: UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10), toByteOffset: count, as: UInt8.self)
    }
    count += digits
  }

  /// Eight bytes at a time: each nibble gets a byte of its own, and 10 to 15 become letters.
  mutating func hexadecimal(_ hash: ChainHash) {
    reserve(64)
    for index in 0..<4 {
      let word = hash[index]
      var digits = SIMD2<UInt64>(word & 0xffff_ffff, word >> 32)
      digits = (digits | digits &<< 16) & 0x0000_ffff_0000_ffff
      digits = (digits | digits &<< 8) & 0x00ff_00ff_00ff_00ff
      digits = (digits &>> 4) & 0x000f_000f_000f_000f | (digits & 0x000f_000f_000f_000f) &<< 8
      let letters = (digits &+ 0x0606_0606_0606_0606) &>> 4 & 0x0101_0101_0101_0101
      // 0x27 for each letter, which is its sum of powers of two.
      let text = digits &+ 0x3030_3030_3030_3030 &+ letters &+ letters &<< 1 &+ letters &<< 2 &+ letters &<< 5
      unsafe base.storeBytes(of: text[0].littleEndian, toByteOffset: count + 16 * index, as: UInt64.self)
      unsafe base.storeBytes(of: text[1].littleEndian, toByteOffset: count + 16 * index + 8, as: UInt64.self)
    }
    count += 64
  }

  mutating func string(_ text: String) {
    byte(UInt8(ascii: "\""))
    content(text)
    byte(UInt8(ascii: "\""))
  }

  /// A string's content, without the quotation marks.
  mutating func content(_ text: String) {
    var text = text
    text.withUTF8 { unsafe escaped(UnsafeRawBufferPointer($0)) }
  }

  mutating func string(_ text: RawSpan) { unsafe text.withUnsafeBytes { unsafe quoted($0) } }

  private mutating func quoted(_ text: UnsafeRawBufferPointer) {
    byte(UInt8(ascii: "\""))
    unsafe escaped(text)
    byte(UInt8(ascii: "\""))
  }

  /// Copies eight bytes at a time as long as none of them needs an escape.
  private mutating func escaped(_ text: UnsafeRawBufferPointer) {
    var index = 0
    reserve(text.count + 8)
    while index < text.count {
      while index + 8 <= text.count {
        let word = unsafe text.loadUnaligned(fromByteOffset: index, as: UInt64.self)
        guard !Self.needsEscape(word) else { break }
        unsafe base.storeBytes(of: word, toByteOffset: count, as: UInt64.self)
        count += 8
        index += 8
      }
      guard index < text.count else { return }
      escaped(unsafe text[index])
      index += 1
      reserve(text.count - index + 8)
    }
  }

  @inline(__always)
  private mutating func escaped(_ byte: UInt8) {
    if byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") { self.byte(byte) } else { escape(byte) }
  }

  @inline(never)
  private mutating func escape(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""): raw("\\\"")
    case UInt8(ascii: "\\"): raw("\\\\")
    case UInt8(ascii: "\n"): raw("\\n")
    case UInt8(ascii: "\r"): raw("\\r")
    case UInt8(ascii: "\t"): raw("\\t")
    default:
      raw("\\u00")
      self.byte(Self.digits[Int(byte >> 4)])
      self.byte(Self.digits[Int(byte & 15)])
    }
  }

  /// Whether one of eight bytes is a control character, a quotation mark or a backslash.
  @inline(__always)
  private static func needsEscape(_ word: UInt64) -> Bool {
    let (ones, tops): (UInt64, UInt64) = (0x0101_0101_0101_0101, 0x8080_8080_8080_8080)
    let (quotes, slashes) = (word ^ 0x2222_2222_2222_2222, word ^ 0x5c5c_5c5c_5c5c_5c5c)
    let controls = (word &- 0x2020_2020_2020_2020) & ~word
    return (controls | (quotes &- ones) & ~quotes | (slashes &- ones) & ~slashes) & tops != 0
  }

  /// Whether all bytes are ASCII, and so UTF-8.
  static func isASCII(_ text: RawSpan) -> Bool {
    unsafe text.withUnsafeBytes { bytes in
      var (index, all): (Int, UInt64) = (0, 0)
      while index + 8 <= bytes.count {
        all |= unsafe bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
        index += 8
      }
      while index < bytes.count {
        all |= unsafe UInt64(bytes[index])
        index += 1
      }
      return all & 0x8080_8080_8080_8080 == 0
    }
  }
}

/// BLAKE2b-256 of a record, without a heap object of its own.
struct ChainHash: Equatable, Sendable {
  private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

  init() {}

  /// Of 32 bytes.
  init(_ bytes: [UInt8]) {
    precondition(bytes.count == 32)
    unsafe withUnsafeMutableBytes(of: &words) { unsafe $0.copyBytes(from: bytes) }
  }

  var bytes: [UInt8] { unsafe withUnsafeBytes(of: words) { unsafe [UInt8]($0) } }

  static func == (left: ChainHash, right: ChainHash) -> Bool { left.words == right.words }

  /// Bytes 8 x index and the seven behind it, the first in the lowest bits.
  @inline(__always)
  subscript(_ index: Int) -> UInt64 {
    unsafe withUnsafeBytes(of: words) { unsafe UInt64(littleEndian: $0.load(fromByteOffset: 8 * index, as: UInt64.self)) }
  }

  /// Of a value, under a key.
  init(of value: RawSpan, key: SecretBytes) {
    unsafe value.withUnsafeBytes { bytes in
      unsafe withUnsafeMutableBytes(of: &words) { output in
        var output = unsafe MutableSpan<UInt8>(_unsafeBytes: output)
        Digest.blake2b256(unsafe Span(_unsafeBytes: bytes), key: key, into: &output)
      }
    }
  }

  /// Makes this the hash of what stands behind an offset of the line.
  mutating func hash(_ line: borrowing JSONLine, from start: Int) {
    unsafe line.withBytes(from: start) { bytes in
      unsafe withUnsafeMutableBytes(of: &words) { output in
        var output = unsafe MutableSpan<UInt8>(_unsafeBytes: output)
        Digest.blake2b256(unsafe Span(_unsafeBytes: bytes), into: &output)
      }
    }
  }
}
