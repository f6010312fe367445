import COpenSSL

/// SHA-256 and what is built on it, for SCRAM. The only callers of EVP and HMAC.
public enum SHA256 {
  /// Length of a digest in bytes.
  public static let byteCount = 32

  /// The digest of `bytes` (FIPS 180-4).
  public static func hash(_ bytes: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: byteCount)
    var length: UInt32 = 0
    let done = unsafe EVP_Digest(bytes, bytes.count, &digest, &length, EVP_sha256(), nil)
    precondition(done == 1 && length == byteCount, "SHA-256 is not to be had from OpenSSL")
    return digest
  }

  /// HMAC-SHA-256 (RFC 2104).
  public static func authenticate(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
    unsafe key.withUnsafeBytes { unsafe authenticate(message, keyBytes: $0) }
  }

  /// HMAC-SHA-256 with a key that stays where it is wiped.
  public static func authenticate(_ message: [UInt8], key: WipedBytes) -> [UInt8] {
    unsafe key.withBytes { unsafe authenticate(message, keyBytes: $0) }
  }

  private static func authenticate(_ message: [UInt8], keyBytes: UnsafeRawBufferPointer) -> [UInt8] {
    var code = [UInt8](repeating: 0, count: byteCount)
    var length: UInt32 = 0
    // OpenSSL takes a nil key for "the one before": an empty key still needs an address.
    var nothing: UInt8 = 0
    let done = unsafe withUnsafeBytes(of: &nothing) { none in
      unsafe HMAC(
        EVP_sha256(), keyBytes.baseAddress ?? none.baseAddress, Int32(keyBytes.count), message, message.count, &code, &length)
        != nil
    }
    precondition(done && length == byteCount, "HMAC-SHA-256 is not to be had from OpenSSL")
    return code
  }

  /// PBKDF2-HMAC-SHA-256 (RFC 8018), 32 bytes: SCRAM's `Hi`. Costs about 0.25 us an iteration.
  public static func derive(password: [UInt8], salt: [UInt8], iterations: Int) -> WipedBytes {
    precondition(iterations > 0 && iterations <= Int32.max, "PBKDF2 wants at least one iteration")
    var key = [UInt8](repeating: 0, count: byteCount)
    defer { unsafe OPENSSL_cleanse(&key, key.count) }
    let done = unsafe password.withUnsafeBytes { password in
      unsafe PKCS5_PBKDF2_HMAC(
        password.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(password.count), salt, Int32(salt.count),
        Int32(iterations), EVP_sha256(), Int32(byteCount), &key)
    }
    precondition(done == 1, "PBKDF2-HMAC-SHA-256 is not to be had from OpenSSL")
    return WipedBytes(key)
  }
}

/// Whether two byte strings are equal, in a time that does not depend on where they differ. Their lengths are not secret.
public func equalInConstantTime(_ left: [UInt8], _ right: [UInt8]) -> Bool {
  guard left.count == right.count else { return false }
  return unsafe CRYPTO_memcmp(left, right, left.count) == 0
}

/// Bytes from OpenSSL's generator, fit for keys and nonces.
public func randomBytes(_ count: Int) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: count)
  precondition(unsafe RAND_bytes(&bytes, Int32(count)) == 1, "no randomness to be had")
  return bytes
}

/// Overwrites bytes so that the compiler cannot leave it out.
public func wipe(_ bytes: inout [UInt8]) {
  unsafe bytes.withUnsafeMutableBytes { unsafe OPENSSL_cleanse($0.baseAddress, $0.count) }
}
