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
    precondition((1...32).contains(context.utf8.count), "a context has 1 to 32 characters")
    guard key.count == keyBytes else {
      throw SodiumError.wrongLength("the key", expected: keyBytes, got: key.count)
    }
    let message = [UInt8(context.utf8.count)] + Array(context.utf8) + id
    return try unsafe SecretBytes(count: 32) { (output: UnsafeMutablePointer<UInt8>) in
      unsafe key.withPointer { pointer in
        let result = unsafe crypto_generichash(
          output, 32, message, UInt64(message.count), pointer, keyBytes)
        precondition(result == 0)
      }
    }
  }

  /// `derive(from:context:id:)` with the 16 bytes of a UUID.
  public static func derive(from key: SecretBytes, context: String, uuid: UUID) throws
    -> SecretBytes
  {
    let bytes = unsafe withUnsafeBytes(of: uuid.uuid) { unsafe Array($0) }
    return try derive(from: key, context: context, id: bytes)
  }
}
