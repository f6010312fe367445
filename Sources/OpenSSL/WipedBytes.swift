import COpenSSL

/// Bytes that are wiped when the last owner lets go, compared in constant time, and never shown. For SCRAM keys, which live as
/// long as one session; secrets that outlive it belong into locked memory.
@safe
public final class WipedBytes: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible {
  // Written in `init`, wiped in `deinit`, only read between: safe to share.
  nonisolated(unsafe) private let storage: UnsafeMutableRawBufferPointer

  /// Copies `bytes`; the caller's copy is the caller's to wipe.
  public init(_ bytes: some Collection<UInt8>) {
    unsafe storage = .allocate(byteCount: bytes.count, alignment: 1)
    unsafe storage.copyBytes(from: bytes)
  }

  deinit {
    unsafe OPENSSL_cleanse(storage.baseAddress, storage.count)
    unsafe storage.deallocate()
  }

  public var count: Int { unsafe storage.count }

  /// The bytes, in place; they must not leave `body`.
  public func withBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try unsafe body(UnsafeRawBufferPointer(storage))
  }

  /// A copy, the caller's to wipe.
  public var copied: [UInt8] { unsafe [UInt8](UnsafeRawBufferPointer(storage)) }

  /// Takes the same time wherever the two differ; the lengths are not secret.
  public static func == (left: WipedBytes, right: WipedBytes) -> Bool {
    guard left.count == right.count else { return false }
    return unsafe CRYPTO_memcmp(left.storage.baseAddress, right.storage.baseAddress, left.count) == 0
  }

  public var description: String { "<secret>" }
  public var debugDescription: String { description }
}
