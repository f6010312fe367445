import CSodium
import FoundationEssentials

/// Keys made from keys. What is derived need not be stored.
public enum KeyDerivation {
  /// 32: the length of a parent key.
  public static let keyBytes = Int(crypto_kdf_KEYBYTES)

  /// A numbered subkey (`crypto_kdf_derive_from_key`).
  ///
  /// - Parameters:
  ///   - id: the subkey's number.
  ///   - context: exactly 8 ASCII characters that say what the subkey is for.
  ///   - count: 16 to 64 bytes.
  /// - Throws: `SodiumError.wrongLength` for a key of another length.
  public static func subkey(of key: SecretBytes, id: UInt64, context: StaticString, count: Int = 32)
    throws -> SecretBytes
  {
    precondition(
      context.utf8CodeUnitCount == Int(crypto_kdf_CONTEXTBYTES) && context.isASCII,
      "a context has 8 ASCII characters")
    precondition((Int(crypto_kdf_BYTES_MIN)...Int(crypto_kdf_BYTES_MAX)).contains(count))
    guard key.count == keyBytes else {
      throw SodiumError.wrongLength("the key", expected: keyBytes, got: key.count)
    }
    return try unsafe SecretBytes(count: count) { (output: UnsafeMutablePointer<UInt8>) in
      unsafe key.withPointer { key in
        let result = unsafe crypto_kdf_derive_from_key(
          output, count, id,
          UnsafeRawPointer(context.utf8Start).assumingMemoryBound(to: CChar.self),
          key)
        precondition(result == 0)
      }
    }
  }

  /// The secret that belongs to an identifier: BLAKE2b-256, keyed with `key`, of one byte with the context's length, the context and
  /// the identifier's bytes. Role passwords and connect secrets are made this way (docs/vault-format.md, "Derived secrets").
  ///
  /// - Parameters:
  ///   - context: what the secret is for, 1 to 32 ASCII characters, such as `iss-role`.
  ///   - id: the lease's UUID, 16 bytes in network order.
  /// - Throws: `SodiumError.wrongLength` for a key of another length.
  public static func derive(from key: SecretBytes, context: String, id: [UInt8]) throws
    -> SecretBytes
  {
    try unsafe SecretBytes(count: derivedBytes) { (output: UnsafeMutablePointer<UInt8>) in
      try unsafe derive(from: key, context: context, id: id, into: output)
    }
  }

  /// `derive(from:context:id:)` for a secret that is of use for one call only: it lies on the stack, is wiped when the call returns, and
  /// costs none of the system calls by which `SecretBytes` are fenced. The bytes must not be kept.
  public static func withDerived<Value>(
    from key: SecretBytes, context: String, id: [UInt8], _ body: (Span<UInt8>) throws -> Value
  ) throws -> Value {
    try unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: derivedBytes) { buffer in
      // Never nil: it is not empty.
      let output = buffer.baseAddress!
      defer { unsafe sodium_memzero(output, derivedBytes) }
      try unsafe derive(from: key, context: context, id: id, into: output)
      return try body(unsafe Span(_unsafeStart: output, count: derivedBytes))
    }
  }

  private static let derivedBytes = 32

  private static func derive(
    from key: SecretBytes, context: String, id: [UInt8], into output: UnsafeMutablePointer<UInt8>
  ) throws {
    precondition((1...32).contains(context.utf8.count), "a context has 1 to 32 characters")
    guard key.count == keyBytes else {
      throw SodiumError.wrongLength("the key", expected: keyBytes, got: key.count)
    }
    let message = [UInt8(context.utf8.count)] + Array(context.utf8) + id
    unsafe key.withPointer { pointer in
      let result = unsafe crypto_generichash(
        output, derivedBytes, message, UInt64(message.count), pointer, keyBytes)
      precondition(result == 0)
    }
  }

  /// `derive(from:context:id:)` with the 16 bytes of a UUID.
  public static func derive(from key: SecretBytes, context: String, uuid: UUID) throws
    -> SecretBytes
  {
    try derive(from: key, context: context, id: bytes(of: uuid))
  }

  /// `withDerived(from:context:id:_:)` with the 16 bytes of a UUID.
  public static func withDerived<Value>(
    from key: SecretBytes, context: String, uuid: UUID, _ body: (Span<UInt8>) throws -> Value
  ) throws -> Value {
    try withDerived(from: key, context: context, id: bytes(of: uuid), body)
  }

  private static func bytes(of uuid: UUID) -> [UInt8] { unsafe withUnsafeBytes(of: uuid.uuid) { unsafe Array($0) } }
}
