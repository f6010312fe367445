import CSodium

/// A key from a passphrase: Argon2id version 1.3 (RFC 9106, libsodium `crypto_pwhash`).
public enum PasswordHash {
  /// 16.
  public static let saltBytes = Int(crypto_pwhash_SALTBYTES)

  /// How much a guess costs.
  public struct Cost: Sendable, Equatable {
    /// Passes over the memory (libsodium's opslimit); at least 1.
    public var operations: UInt32
    /// At least 8 KiB; used in whole KiB.
    public var memoryBytes: UInt64

    /// Makes a cost; `key(from:salt:cost:)` checks it.
    public init(operations: UInt32, memoryBytes: UInt64) {
      self.operations = operations
      self.memoryBytes = memoryBytes
    }

    /// libsodium's OPSLIMIT/MEMLIMIT_MODERATE: 3 passes over 256 MiB, under a second on a server.
    public static let moderate = Cost(operations: 3, memoryBytes: 256 << 20)
    /// The least that libsodium takes: for tests only.
    public static let least = Cost(operations: 1, memoryBytes: 8 << 10)
  }

  /// Hashes a passphrase.
  ///
  /// - Throws: `SodiumError.wrongLength` for a salt of another length, `.outOfMemory` when the memory cannot be had or the cost is
  ///   outside libsodium's limits.
  public static func key(from passphrase: SecretBytes, salt: [UInt8], cost: Cost, count: Int = 32)
    throws -> SecretBytes
  {
    guard salt.count == saltBytes else {
      throw SodiumError.wrongLength("the salt", expected: saltBytes, got: salt.count)
    }
    return try unsafe SecretBytes(count: count) { (output: UnsafeMutablePointer<UInt8>) in
      let result = unsafe passphrase.withUnsafeBytes { bytes in
        unsafe crypto_pwhash(
          output, UInt64(count),
          bytes.assumingMemoryBound(to: CChar.self).baseAddress!, UInt64(bytes.count), salt,
          UInt64(cost.operations),
          Int(clamping: cost.memoryBytes), crypto_pwhash_ALG_ARGON2ID13)
      }
      guard result == 0 else {
        throw SodiumError(
          .outOfMemory,
          message:
            "Argon2id with \(cost.operations) passes over \(cost.memoryBytes) bytes could not be computed",
          next: "give the process that much memory")
      }
    }
  }
}
