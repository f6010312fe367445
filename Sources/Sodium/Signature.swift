import CSodium

/// An Ed25519 signing key (RFC 8032), made from a 32-byte seed.
public struct SigningKey: Sendable {
  /// The public half.
  public let verificationKey: VerificationKey
  private let secretKey: SecretBytes

  /// The key of a seed.
  /// - Throws: `SodiumError.wrongLength`
  public init(seed: SecretBytes) throws {
    guard seed.count == Int(crypto_sign_SEEDBYTES) else {
      throw SodiumError.wrongLength(
        "the signing seed", expected: Int(crypto_sign_SEEDBYTES), got: seed.count)
    }
    SodiumLibrary.ready
    var publicKey = [UInt8](repeating: 0, count: VerificationKey.bytesCount)
    secretKey = try unsafe SecretBytes(count: Int(crypto_sign_SECRETKEYBYTES)) {
      (secret: UnsafeMutablePointer<UInt8>) in
      let result = unsafe seed.withPointer { seed in
        unsafe crypto_sign_seed_keypair(
          &publicKey, secret, seed)
      }
      precondition(result == 0)
    }
    verificationKey = try VerificationKey(publicKey)
  }

  /// A fresh seed.
  public static func generateSeed() throws -> SecretBytes {
    try .random(count: Int(crypto_sign_SEEDBYTES))
  }

  /// Signs; always the same 64 bytes for the same message.
  public func signature(of message: [UInt8]) -> [UInt8] {
    var signature = [UInt8](repeating: 0, count: Int(crypto_sign_BYTES))
    unsafe secretKey.withPointer { secret in
      let result = unsafe crypto_sign_detached(
        &signature, nil, message, UInt64(message.count), secret)
      precondition(result == 0)
    }
    return signature
  }
}

/// An Ed25519 public key.
public struct VerificationKey: Sendable, Hashable, CustomStringConvertible {
  /// 32.
  public static let bytesCount = Int(crypto_sign_PUBLICKEYBYTES)
  /// The key's bytes.
  public let bytes: [UInt8]

  /// Wraps 32 bytes.
  /// - Throws: `SodiumError.wrongLength`
  public init(_ bytes: [UInt8]) throws {
    guard bytes.count == Self.bytesCount else {
      throw SodiumError.wrongLength("the public key", expected: Self.bytesCount, got: bytes.count)
    }
    self.bytes = bytes
  }

  /// Whether `signature` was made by this key for `message`.
  public func isValid(signature: [UInt8], of message: [UInt8]) -> Bool {
    SodiumLibrary.ready
    guard signature.count == Int(crypto_sign_BYTES) else { return false }
    return unsafe crypto_sign_verify_detached(signature, message, UInt64(message.count), bytes) == 0
  }

  /// Base64url, as files and options hold it.
  public var description: String { Base64URL.encode(bytes) }
}
