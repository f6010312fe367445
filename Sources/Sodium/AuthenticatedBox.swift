import CSodium

/// XChaCha20-Poly1305 with associated data (draft-irtf-cfrg-xchacha, libsodium `crypto_aead_xchacha20poly1305_ietf`). The nonce is
/// 24 random bytes, long enough never to repeat by chance.
public enum AuthenticatedBox {
  /// 32.
  public static let keyBytes = Int(crypto_aead_xchacha20poly1305_ietf_KEYBYTES)
  /// 24.
  public static let nonceBytes = Int(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES)
  /// 16, by which a box is longer than what is in it.
  public static let tagBytes = Int(crypto_aead_xchacha20poly1305_ietf_ABYTES)

  /// Encrypts `plaintext`: as many bytes, then the tag.
  /// - Throws: `SodiumError.wrongLength` for a key or nonce of another length.
  public static func seal(
    _ plaintext: SecretBytes, nonce: [UInt8], associatedData: [UInt8], key: SecretBytes
  ) throws -> [UInt8] {
    try check(nonce: nonce, key: key)
    SodiumLibrary.ready
    var box = [UInt8](repeating: 0, count: plaintext.count + tagBytes)
    unsafe plaintext.withPointer { plain in
      unsafe key.withPointer { key in
        var written: UInt64 = 0
        let result = unsafe crypto_aead_xchacha20poly1305_ietf_encrypt(
          &box, &written, plain, UInt64(plaintext.count), associatedData,
          UInt64(associatedData.count), nil, nonce,
          key)
        precondition(result == 0 && written == UInt64(plaintext.count + tagBytes))
      }
    }
    return box
  }

  /// Decrypts into locked memory.
  /// - Throws: `SodiumError.notAuthentic` when box, nonce, associated data and key do not belong together.
  public static func open(_ box: [UInt8], nonce: [UInt8], associatedData: [UInt8], key: SecretBytes)
    throws -> SecretBytes
  {
    try check(nonce: nonce, key: key)
    guard box.count >= tagBytes else { throw SodiumError.notAuthentic("the box") }
    return try unsafe SecretBytes(count: box.count - tagBytes) {
      (plain: UnsafeMutablePointer<UInt8>) in
      let result = unsafe key.withPointer { key in
        unsafe crypto_aead_xchacha20poly1305_ietf_decrypt(
          plain, nil, nil, box, UInt64(box.count), associatedData,
          UInt64(associatedData.count), nonce, key)
      }
      guard result == 0 else { throw SodiumError.notAuthentic("the box") }
    }
  }

  private static func check(nonce: [UInt8], key: SecretBytes) throws {
    guard key.count == keyBytes else {
      throw SodiumError.wrongLength("the key", expected: keyBytes, got: key.count)
    }
    guard nonce.count == nonceBytes else {
      throw SodiumError.wrongLength("the nonce", expected: nonceBytes, got: nonce.count)
    }
  }
}
