import CSodium

/// A recipient's X25519 key pair. The public key may lie anywhere; whoever has the secret one opens what was sealed to it.
public struct RecipientKeyPair: Sendable {
  /// 32 bytes.
  public let publicKey: [UInt8]
  /// 32 bytes.
  public let secretKey: SecretBytes

  /// The pair of a secret key: the public one is computed.
  /// - Throws: `SodiumError.wrongLength`
  public init(secretKey: SecretBytes) throws {
    guard secretKey.count == SealedBox.keyBytes else {
      throw SodiumError.wrongLength(
        "the recipient's secret key", expected: SealedBox.keyBytes, got: secretKey.count)
    }
    SodiumLibrary.ready
    var publicKey = [UInt8](repeating: 0, count: SealedBox.keyBytes)
    let result = unsafe secretKey.withPointer { secret in
      unsafe crypto_scalarmult_base(&publicKey, secret)
    }
    precondition(result == 0)
    self.publicKey = publicKey
    self.secretKey = secretKey
  }

  /// A fresh pair.
  public static func generate() throws -> RecipientKeyPair {
    try RecipientKeyPair(secretKey: .random(count: SealedBox.keyBytes))
  }
}

/// Anonymous encryption to an X25519 public key (libsodium `crypto_box_seal`).
public enum SealedBox {
  /// 32.
  public static let keyBytes = Int(crypto_box_PUBLICKEYBYTES)
  /// 48, by which a box is longer than what is in it.
  public static let overheadBytes = crypto_box_sealbytes()

  /// Encrypts so that only the recipient can read; not even the sender can any more.
  /// - Throws: `SodiumError.wrongLength`, or `.notAuthentic` for a public key that is no usable point.
  public static func seal(_ plaintext: SecretBytes, to publicKey: [UInt8]) throws -> [UInt8] {
    guard publicKey.count == keyBytes else {
      throw SodiumError.wrongLength(
        "the recipient's public key", expected: keyBytes, got: publicKey.count)
    }
    SodiumLibrary.ready
    var box = [UInt8](repeating: 0, count: plaintext.count + overheadBytes)
    let result = unsafe plaintext.withPointer { plain in
      unsafe crypto_box_seal(&box, plain, UInt64(plaintext.count), publicKey)
    }
    guard result == 0 else { throw SodiumError.notAuthentic("the recipient's public key") }
    return box
  }

  /// Decrypts into locked memory.
  /// - Throws: `SodiumError.notAuthentic` when the box is for another recipient or was changed.
  public static func open(_ box: [UInt8], with keys: RecipientKeyPair) throws -> SecretBytes {
    guard box.count >= overheadBytes else { throw SodiumError.notAuthentic("the sealed box") }
    return try unsafe SecretBytes(count: box.count - overheadBytes) {
      (plain: UnsafeMutablePointer<UInt8>) in
      let result = unsafe keys.secretKey.withPointer { secret in
        unsafe crypto_box_seal_open(
          plain, box, UInt64(box.count), keys.publicKey,
          secret)
      }
      guard result == 0 else { throw SodiumError.notAuthentic("the sealed box") }
    }
  }
}
