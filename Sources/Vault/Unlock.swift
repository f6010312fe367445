import Sodium

/// What opens a vault.
public enum Unlock: Sendable {
  case passphrase(SecretBytes)
  /// Path of a key file, such as `$CREDENTIALS_DIRECTORY/vault.key`.
  case keyFile(String)
  /// An X25519 secret key, 32 bytes.
  case recipientKey(SecretBytes)

  func load() throws -> KeySlot.Key {
    switch self {
    case .passphrase(let passphrase): .passphrase(passphrase)
    case .keyFile(let path): .keyFile(content: try KeyFile.read(path))
    case .recipientKey(let secret): .recipient(try RecipientKeyPair(secretKey: secret))
    }
  }
}

/// A slot to be made.
public struct NewSlot: Sendable {
  enum Kind: Sendable {
    case passphrase(SecretBytes, PasswordHash.Cost)
    case keyFile(String)
    case recipient(publicKey: [UInt8])
  }

  let kind: Kind
  let label: String

  /// A slot for a passphrase of 8 to 1,024 bytes. `label` is at most 64 bytes, shown by `issuerctl vault slots`.
  public static func passphrase(
    _ passphrase: SecretBytes, cost: PasswordHash.Cost = .moderate, label: String = ""
  ) -> NewSlot {
    NewSlot(kind: .passphrase(passphrase, cost), label: label)
  }

  /// A slot for a file that is there already (`KeyFile.generate` makes one).
  public static func keyFile(_ path: String, label: String = "") -> NewSlot {
    NewSlot(kind: .keyFile(path), label: label)
  }

  /// A slot for whoever has the secret half of an X25519 public key of 32 bytes.
  public static func recipient(publicKey: [UInt8], label: String = "") -> NewSlot {
    NewSlot(kind: .recipient(publicKey: publicKey), label: label)
  }

  /// Wraps the data key.
  /// - Throws: `VaultError.invalid` for a label, passphrase or cost outside the limits.
  func slot(id: UInt32, at seconds: UInt64, dataKey: SecretBytes, vaultID: [UInt8], path: String)
    throws -> KeySlot
  {
    func refuse(_ message: String, _ next: String) -> VaultError {
      VaultError(.invalid, path: path, message: message, next: next)
    }
    guard KeySlot.isFit(label: label) else {
      throw refuse(
        "a slot's label is over \(VaultLimits.labelBytesMax) bytes or has control characters",
        "choose a short one")
    }
    let label = KeySlot.Label(id: id, createdAt: seconds, text: label)
    switch kind {
    case .passphrase(let passphrase, let cost):
      guard VaultLimits.passphraseBytes.contains(passphrase.count) else {
        throw refuse(
          "the passphrase does not have 8 to 1,024 bytes",
          "choose a longer one, of several random words")
      }
      guard KeySlot.isFit(cost: cost) else {
        throw refuse(
          "the Argon2id cost is outside its limits",
          "use 1 to 16 passes over 8 KiB to 2 GiB, in whole KiB")
      }
      return try KeySlot(
        label, passphrase: passphrase, cost: cost, dataKey: dataKey, vaultID: vaultID)
    case .keyFile(let path):
      return try KeySlot(
        label, keyFileContent: KeyFile.read(path), dataKey: dataKey, vaultID: vaultID)
    case .recipient(let publicKey):
      return try KeySlot(label, recipient: publicKey, dataKey: dataKey)
    }
  }
}
