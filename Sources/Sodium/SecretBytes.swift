import CSodium

/// Bytes that nobody may read by accident: in memory that is locked, fenced by guard pages, left out of core dumps, read-only once
/// filled, and wiped when the last reference goes (`sodium_malloc`, libsodium manual "Secure memory"). Never printed, compared in
/// constant time, neither Codable nor Hashable.
///
/// A class, so that a secret can stand in dictionaries and arrays without ever being copied.
@safe
public final class SecretBytes: @unchecked Sendable {
  private let memory: UnsafeMutableRawPointer
  /// Number of bytes.
  public let count: Int

  /// Allocates `count` zero bytes, lets `fill` write them, and makes the memory read-only.
  ///
  /// - Throws: `SodiumError.outOfMemory` when no locked memory is left, or what `fill` throws (the memory is wiped then).
  public init(count: Int, fill: (UnsafeMutableRawBufferPointer) throws -> Void) throws {
    precondition(count >= 0)
    SodiumLibrary.ready
    guard let memory = unsafe SecretMemory.take(count) else {
      throw SodiumError(
        .outOfMemory, message: "no locked memory for a secret of \(count) bytes",
        next: "raise RLIMIT_MEMLOCK (LimitMEMLOCK=)")
    }
    unsafe self.memory = memory
    self.count = count
    try unsafe fill(UnsafeMutableRawBufferPointer(start: memory, count: count))
    unsafe sodium_mprotect_readonly(memory)
  }

  deinit {
    unsafe SecretMemory.giveBack(memory, count)
  }

  /// Lends the bytes for reading. They must not be kept beyond the call.
  public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows
    -> Result
  {
    // A pointer is no reference: without this a temporary may be gone, and its memory with the next secret, before the body ends.
    defer { withExtendedLifetime(self) {} }
    return try unsafe body(UnsafeRawBufferPointer(start: memory, count: count))
  }

  /// Lends the bytes to a C function; never nil, even for no bytes.
  func withPointer<Result>(_ body: (UnsafePointer<UInt8>) throws -> Result) rethrows -> Result {
    defer { withExtendedLifetime(self) {} }
    return try unsafe body(UnsafePointer(memory.assumingMemoryBound(to: UInt8.self)))
  }

  /// As `init(count:fill:)`, for C functions that write.
  convenience init(count: Int, write: (UnsafeMutablePointer<UInt8>) throws -> Void) throws {
    // The allocation above is never nil, so neither is the base address.
    try unsafe self.init(count: count) {
      try unsafe write($0.baseAddress!.assumingMemoryBound(to: UInt8.self))
    }
  }

  /// Lends the bytes for reading, bounds checked.
  public func withBytes<Result>(_ body: (Span<UInt8>) throws -> Result) rethrows -> Result {
    defer { withExtendedLifetime(self) {} }
    let bytes = unsafe UnsafeBufferPointer(
      start: memory.assumingMemoryBound(to: UInt8.self), count: count)
    return try unsafe body(bytes.span)
  }
}

extension SecretBytes {
  /// Fresh bytes from the kernel's generator.
  public static func random(count: Int) throws -> SecretBytes {
    try unsafe SecretBytes(count: count, write: { unsafe randombytes_buf($0, count) })
  }

  /// Copies bytes; the source stays as it is, so prefer `init(wiping:)` for a source that is secret.
  public convenience init(copying bytes: some Collection<UInt8>) throws {
    try unsafe self.init(count: bytes.count) { unsafe $0.copyBytes(from: bytes) }
  }

  /// Copies bytes and wipes the source.
  public convenience init(wiping bytes: inout [UInt8]) throws {
    defer { bytes.wipe() }
    try self.init(copying: bytes)
  }

  /// Copies the UTF-8 form of text that was no secret yet, or could not be kept out of a `String`.
  public convenience init(utf8 text: String) throws { try self.init(copying: text.utf8) }

  /// Decodes hexadecimal digits of either case.
  /// - Throws: `SodiumError.notDecodable`
  public convenience init(hex text: String) throws {
    guard var bytes = Hex.decode(text) else { throw Hex.notDecodable }
    try self.init(wiping: &bytes)
  }

  /// Decodes base64url without padding (RFC 4648 section 5).
  /// - Throws: `SodiumError.notDecodable`
  public convenience init(base64URL text: String) throws {
    guard var bytes = Base64URL.decode(text) else { throw Base64URL.notDecodable }
    try self.init(wiping: &bytes)
  }

  /// Some of the bytes, as a secret of their own.
  public func slice(_ range: Range<Int>) throws -> SecretBytes {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    return try unsafe withUnsafeBytes { bytes in
      try unsafe SecretBytes(count: range.count) {
        unsafe $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[range]))
      }
    }
  }

  /// The secret as base64url text without padding: the form in which passwords are handed out. The text is an ordinary string, which
  /// cannot be wiped: make it at the last moment and let it go.
  public func revealedBase64URL() -> String { withBytes { Base64URL.encode($0) } }

  /// The secret read as UTF-8, invalid sequences repaired. See `revealedBase64URL`.
  public func revealedUTF8() -> String {
    unsafe withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
  }
}

extension SecretBytes: Equatable {
  /// Constant time for equal lengths; lengths are no secret.
  public static func == (left: SecretBytes, right: SecretBytes) -> Bool {
    guard left.count == right.count else { return false }
    defer { withExtendedLifetime((left, right)) {} }
    return unsafe sodium_memcmp(left.memory, right.memory, left.count) == 0
  }
}

extension SecretBytes: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  public var description: String { "<secret>" }
  public var debugDescription: String { "<secret>" }
  /// No children: `dump` and debuggers' mirrors see nothing.
  public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}

extension [UInt8] {
  /// Overwrites the bytes in a way that the optimiser keeps (`sodium_memzero`). Copies made before are not reached.
  public mutating func wipe() {
    unsafe withUnsafeMutableBytes { unsafe sodium_memzero($0.baseAddress, $0.count) }
  }
}
