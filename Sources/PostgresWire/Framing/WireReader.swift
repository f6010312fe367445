/// Reads one message's body, in place. Every step is checked; nothing is copied but what is asked for, and no room is taken on a
/// claim in the message. Only this file and `RawSpan+Scanning.swift` of this target look at memory.
@safe
public struct WireReader {
  private let base: UnsafeRawBufferPointer
  /// Bytes read so far.
  public private(set) var offset = 0

  private init(_ base: UnsafeRawBufferPointer) { unsafe self.base = base }

  /// Reads a whole body: bytes left over when `parse` is done are refused.
  public static func read<Value>(
    _ body: RawSpan, _ parse: (inout WireReader) throws(WireError) -> Value
  ) throws(WireError) -> Value {
    try readHead(body) { reader throws(WireError) in
      let value = try parse(&reader)
      guard reader.remaining == 0 else {
        throw WireError(.leftover, "\(reader.remaining) bytes are left over at the end of a message")
      }
      return value
    }
  }

  /// Reads the beginning of a body.
  public static func readHead<Value>(
    _ body: RawSpan, _ parse: (inout WireReader) throws(WireError) -> Value
  ) throws(WireError) -> Value {
    try unsafe body.withUnsafeBytes { (bytes) throws(WireError) -> Value in
      var reader = unsafe WireReader(bytes)
      return try parse(&reader)
    }
  }

  /// Whole messages of one type at the front of a stream, headers looked at and nothing else: for rows, of which there are many. What is
  /// not whole, or has no length that a message can have, is left for `FrameDecoder`.
  ///
  /// - Parameters:
  ///   - countMax: how many messages at most.
  ///   - bodyBytesMax: how many bytes their bodies may have together.
  public static func run(of type: UInt8, in bytes: RawSpan, countMax: UInt64, bodyBytesMax: UInt64) -> MessageRun {
    unsafe bytes.withUnsafeBytes { bytes in
      var run = MessageRun()
      let end = bytes.count
      while end - run.totalBytes >= FrameLimits.headerBytes, unsafe bytes[run.totalBytes] == type, run.count < countMax {
        let length = unsafe UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: run.totalBytes + 1, as: UInt32.self))
        guard length >= UInt32(FrameLimits.lengthWordBytes), Int(length) < end - run.totalBytes else { break }
        let body = UInt64(length) - UInt64(FrameLimits.lengthWordBytes)
        guard run.bodyBytes + body <= bodyBytesMax else { break }
        run.count += 1
        run.bodyBytes += body
        run.totalBytes += 1 + Int(length)
      }
      return run
    }
  }

  /// Bytes not yet read.
  public var remaining: Int { unsafe base.count - offset }

  @inline(__always)
  private mutating func take(_ count: Int) throws(WireError) -> Int {
    guard count >= 0, count <= remaining else { throw tooShort(count) }
    defer { offset += count }
    return offset
  }

  @inline(never)
  private func tooShort(_ count: Int) -> WireError {
    WireError(.truncated, "a message ends \(count - remaining) bytes too early")
  }

  private func byte(at index: Int) -> UInt8 { unsafe base[index] }

  public mutating func uint8() throws(WireError) -> UInt8 { byte(at: try take(1)) }

  public mutating func uint16() throws(WireError) -> UInt16 {
    let at = try take(2)
    return UInt16(byte(at: at)) << 8 | UInt16(byte(at: at + 1))
  }

  public mutating func uint32() throws(WireError) -> UInt32 {
    let at = try take(4)
    return unsafe UInt32(bigEndian: base.loadUnaligned(fromByteOffset: at, as: UInt32.self))
  }

  public mutating func int32() throws(WireError) -> Int32 { Int32(bitPattern: try uint32()) }

  /// The next `count` bytes, as a range of the body.
  public mutating func skip(_ count: Int) throws(WireError) -> Range<Int> {
    let at = try take(count)
    return at..<at + count
  }

  /// A copy of the next `count` bytes.
  public mutating func bytes(_ count: Int) throws(WireError) -> [UInt8] {
    let at = try take(count)
    return unsafe [UInt8](UnsafeRawBufferPointer(rebasing: base[at..<at + count]))
  }

  /// A copy of all that is left.
  public mutating func rest() throws(WireError) -> [UInt8] { try bytes(remaining) }

  /// A string's range without its NUL.
  public mutating func stringRange() throws(WireError) -> Range<Int> {
    let start = offset
    var end = start
    while unsafe end < base.count, byte(at: end) != 0 { end += 1 }
    guard unsafe end < base.count else { throw WireError(.text, "a string has no end") }
    offset = end + 1
    return start..<end
  }

  /// A string's bytes without its NUL.
  public mutating func stringBytes() throws(WireError) -> [UInt8] {
    let range = try stringRange()
    return unsafe [UInt8](UnsafeRawBufferPointer(rebasing: base[range]))
  }

  /// A string that must be UTF-8.
  public mutating func string() throws(WireError) -> String {
    let range = try stringRange()
    guard let text = unsafe String(validating: UnsafeRawBufferPointer(rebasing: base[range]), as: UTF8.self) else {
      throw WireError(.text, "a string is not UTF-8")
    }
    return text
  }

  /// A string in the session's encoding, for people: what is not UTF-8 is replaced.
  public mutating func displayString() throws(WireError) -> String {
    let range = try stringRange()
    return unsafe String(decoding: UnsafeRawBufferPointer(rebasing: base[range]), as: UTF8.self)
  }

  /// The name of a prepared statement or portal.
  public mutating func name() throws(WireError) -> WireName {
    let range = try stringRange()
    return unsafe range.isEmpty ? .unnamed : WireName(UnsafeRawBufferPointer(rebasing: base[range]))
  }
}

/// Messages of one type, one behind the other.
public struct MessageRun: Sendable, Equatable {
  public var count: UInt64
  /// Without headers.
  public var bodyBytes: UInt64
  /// With headers.
  public var totalBytes: Int

  /// None, or as many.
  public init(count: UInt64 = 0, bodyBytes: UInt64 = 0, totalBytes: Int = 0) {
    self.count = count
    self.bodyBytes = bodyBytes
    self.totalBytes = totalBytes
  }
}
