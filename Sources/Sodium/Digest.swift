import CSodium

/// BLAKE2b (RFC 7693, libsodium `crypto_generichash`), fed piece by piece.
@safe
public struct Digest: ~Copyable {
  /// On the heap because the state wants an alignment of 64.
  private let state: UnsafeMutableRawPointer
  private let count: Int

  /// Begins a hash of `count` bytes (16 to 64), keyed if there is a key (16 to 64 bytes).
  public init(key: SecretBytes? = nil, count: Int = 32) {
    precondition((16...64).contains(count) && (16...64).contains(key?.count ?? 16))
    SodiumLibrary.ready
    self.count = count
    unsafe state = UnsafeMutableRawPointer.allocate(
      byteCount: crypto_generichash_statebytes(), alignment: 64)
    let opaque = unsafe OpaquePointer(state)
    let result =
      if let key {
        unsafe key.withPointer {
          unsafe crypto_generichash_init(opaque, $0, key.count, count)
        }
      } else {
        unsafe crypto_generichash_init(opaque, nil, 0, count)
      }
    precondition(result == 0)
  }

  deinit {
    unsafe sodium_memzero(state, crypto_generichash_statebytes())
    unsafe state.deallocate()
  }

  /// Adds bytes.
  public mutating func update(_ bytes: [UInt8]) {
    let result = unsafe crypto_generichash_update(OpaquePointer(state), bytes, UInt64(bytes.count))
    precondition(result == 0)
  }

  /// The hash of everything added.
  public consuming func finalize() -> [UInt8] {
    var output = [UInt8](repeating: 0, count: count)
    let result = unsafe crypto_generichash_final(OpaquePointer(state), &output, count)
    precondition(result == 0)
    return output
  }

  /// The hash of one piece.
  public static func blake2b(_ bytes: [UInt8], key: SecretBytes? = nil, count: Int = 32) -> [UInt8] {
    var digest = Digest(key: key, count: count)
    digest.update(bytes)
    return digest.finalize()
  }

  /// BLAKE2b-256 of bytes that are lent, into 32 bytes that are lent: no allocation, for chains that hash every record, and for their
  /// parameters.
  ///
  /// - Parameter key: 16 to 64 bytes; nil for none.
  public static func blake2b256(_ bytes: Span<UInt8>, key: SecretBytes? = nil, into output: inout MutableSpan<UInt8>) {
    precondition(output.count == 32 && (16...64).contains(key?.count ?? 16))
    SodiumLibrary.ready
    unsafe bytes.withUnsafeBufferPointer { input in
      unsafe output.withUnsafeMutableBufferPointer { output in
        let result =
          if let key {
            unsafe key.withPointer { secret in
              unsafe crypto_generichash(output.baseAddress!, 32, input.baseAddress, UInt64(input.count), secret, key.count)
            }
          } else {
            unsafe crypto_generichash(output.baseAddress!, 32, input.baseAddress, UInt64(input.count), nil, 0)
          }
        precondition(result == 0)
      }
    }
  }
}

extension Digest {
  /// Adds a secret's bytes.
  public mutating func update(_ secret: SecretBytes) {
    let result = unsafe secret.withPointer {
      unsafe crypto_generichash_update(OpaquePointer(state), $0, UInt64(secret.count))
    }
    precondition(result == 0)
  }

  /// The hash of everything added, where that is a secret too.
  public consuming func finalizeSecret() throws -> SecretBytes {
    try unsafe SecretBytes(count: count) { (output: UnsafeMutablePointer<UInt8>) in
      let result = unsafe crypto_generichash_final(OpaquePointer(state), output, count)
      precondition(result == 0)
    }
  }
}
