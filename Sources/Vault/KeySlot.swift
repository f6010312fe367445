import Sodium

/// One way to the data key.
struct KeySlot: Equatable {
  enum Wrapping: Equatable {
    case passphrase(cost: PasswordHash.Cost, salt: [UInt8], nonce: [UInt8], wrapped: [UInt8])
    case keyFile(salt: [UInt8], nonce: [UInt8], wrapped: [UInt8])
    case recipient(publicKey: [UInt8], sealed: [UInt8])
  }

  /// What the slot says of itself in clear.
  struct Label: Equatable {
    var id: UInt32
    var createdAt: UInt64
    var text: String
  }

  var label: Label
  var wrapping: Wrapping

  /// The slot as callers see it.
  var info: SlotInfo {
    let kind: SlotInfo.Kind =
      switch wrapping {
      case .passphrase(let cost, _, _, _):
        .passphrase(passes: cost.operations, memoryBytes: cost.memoryBytes)
      case .keyFile: .keyFile
      case .recipient(let publicKey, _): .recipient(publicKey: publicKey)
      }
    return SlotInfo(id: label.id, label: label.text, createdAtSeconds: label.createdAt, kind: kind)
  }
}

/// What `Vault.slots` tells of a slot.
public struct SlotInfo: Sendable, Equatable {
  /// How the slot is opened.
  public enum Kind: Sendable, Equatable {
    case passphrase(passes: UInt32, memoryBytes: UInt64)
    case keyFile
    case recipient(publicKey: [UInt8])

    /// A word for people and JSON.
    public var name: String {
      switch self {
      case .passphrase: "passphrase"
      case .keyFile: "key-file"
      case .recipient: "recipient"
      }
    }
  }

  /// Never used twice in one vault.
  public let id: UInt32
  public let label: String
  /// Seconds since 1970-01-01 UTC.
  public let createdAtSeconds: UInt64
  public let kind: Kind
}

// MARK: - Bytes

extension KeySlot {
  static let passphraseKind: UInt8 = 1
  static let keyFileKind: UInt8 = 2
  static let recipientKind: UInt8 = 3

  /// The slot's bytes up to and with the salt, which the wrapped key is bound to.
  private static func clearBytes(
    _ label: Label, kind: UInt8, cost: PasswordHash.Cost?, salt: [UInt8]
  ) -> [UInt8] {
    var bytes = [kind]
    bytes.put(label.id)
    bytes.put(label.createdAt)
    bytes.append(UInt8(label.text.utf8.count))
    bytes += label.text.utf8
    if let cost {
      bytes.put(cost.operations)
      bytes.put(cost.memoryBytes)
    }
    return bytes + salt
  }

  func encode(into bytes: inout [UInt8]) {
    switch wrapping {
    case .passphrase(let cost, let salt, let nonce, let wrapped):
      bytes +=
        Self.clearBytes(label, kind: Self.passphraseKind, cost: cost, salt: salt) + nonce + wrapped
    case .keyFile(let salt, let nonce, let wrapped):
      bytes +=
        Self.clearBytes(label, kind: Self.keyFileKind, cost: nil, salt: salt) + nonce + wrapped
    case .recipient(let publicKey, let sealed):
      bytes +=
        Self.clearBytes(label, kind: Self.recipientKind, cost: nil, salt: []) + publicKey + sealed
    }
  }

  init(from reader: inout HeaderReader) throws {
    let kind: UInt8 = try reader.number()
    let id: UInt32 = try reader.number()
    let createdAt: UInt64 = try reader.number()
    let textCount = Int(try reader.number(UInt8.self))
    guard let text = String(validating: try reader.take(textCount), as: UTF8.self),
      Self.isFit(label: text)
    else {
      throw VaultFormatError.corrupted("a slot's label is not plain text")
    }
    label = Label(id: id, createdAt: createdAt, text: text)
    switch kind {
    case Self.passphraseKind:
      let cost = PasswordHash.Cost(
        operations: try reader.number(), memoryBytes: try reader.number())
      guard Self.isFit(cost: cost) else {
        throw VaultFormatError.corrupted("a slot's Argon2id cost is outside its limits")
      }
      wrapping = .passphrase(
        cost: cost, salt: try reader.take(16), nonce: try reader.take(24),
        wrapped: try reader.take(48))
    case Self.keyFileKind:
      wrapping = .keyFile(
        salt: try reader.take(16), nonce: try reader.take(24), wrapped: try reader.take(48))
    case Self.recipientKind:
      wrapping = .recipient(publicKey: try reader.take(32), sealed: try reader.take(80))
    default:
      throw VaultFormatError.corrupted("a slot has the unknown kind \(kind)")
    }
  }

  static func isFit(label text: String) -> Bool {
    text.utf8.count <= VaultLimits.labelBytesMax
      && !text.unicodeScalars.contains { $0.properties.generalCategory == .control }
  }

  static func isFit(cost: PasswordHash.Cost) -> Bool {
    VaultLimits.passes.contains(cost.operations)
      && VaultLimits.memoryBytes.contains(cost.memoryBytes)
      && cost.memoryBytes % 1024 == 0
  }
}

// MARK: - Wrapping

extension KeySlot {
  /// What opens or makes a slot, loaded into memory.
  enum Key {
    case passphrase(SecretBytes)
    case keyFile(content: SecretBytes)
    case recipient(RecipientKeyPair)
  }

  /// Wraps the data key for a passphrase.
  init(
    _ label: Label, passphrase: SecretBytes, cost: PasswordHash.Cost, dataKey: SecretBytes,
    vaultID: [UInt8]
  ) throws {
    let salt = Random.bytes(16)
    let nonce = Random.bytes(24)
    let data = Self.associatedData(
      label, kind: Self.passphraseKind, cost: cost, salt: salt, vaultID: vaultID)
    let key = try PasswordHash.key(from: passphrase, salt: salt, cost: cost)
    let wrapped = try AuthenticatedBox.seal(dataKey, nonce: nonce, associatedData: data, key: key)
    self.init(
      label: label, wrapping: .passphrase(cost: cost, salt: salt, nonce: nonce, wrapped: wrapped))
  }

  /// Wraps the data key for a key file's content.
  init(_ label: Label, keyFileContent content: SecretBytes, dataKey: SecretBytes, vaultID: [UInt8])
    throws
  {
    let salt = Random.bytes(16)
    let nonce = Random.bytes(24)
    let data = Self.associatedData(
      label, kind: Self.keyFileKind, cost: nil, salt: salt, vaultID: vaultID)
    let key = try Self.keyFileKey(content, salt: salt)
    let wrapped = try AuthenticatedBox.seal(dataKey, nonce: nonce, associatedData: data, key: key)
    self.init(label: label, wrapping: .keyFile(salt: salt, nonce: nonce, wrapped: wrapped))
  }

  /// Seals the data key to a recipient.
  init(_ label: Label, recipient publicKey: [UInt8], dataKey: SecretBytes) throws {
    self.init(
      label: label,
      wrapping: .recipient(publicKey: publicKey, sealed: try SealedBox.seal(dataKey, to: publicKey))
    )
  }

  /// The data key, or nil when `key` is not this slot's.
  func dataKey(with key: Key, vaultID: [UInt8]) throws -> SecretBytes? {
    do {
      switch (wrapping, key) {
      case (.passphrase(let cost, let salt, let nonce, let wrapped), .passphrase(let passphrase)):
        let data = Self.associatedData(
          label, kind: Self.passphraseKind, cost: cost, salt: salt, vaultID: vaultID)
        let key = try PasswordHash.key(from: passphrase, salt: salt, cost: cost)
        return try AuthenticatedBox.open(wrapped, nonce: nonce, associatedData: data, key: key)
      case (.keyFile(let salt, let nonce, let wrapped), .keyFile(let content)):
        let data = Self.associatedData(
          label, kind: Self.keyFileKind, cost: nil, salt: salt, vaultID: vaultID)
        let key = try Self.keyFileKey(content, salt: salt)
        return try AuthenticatedBox.open(wrapped, nonce: nonce, associatedData: data, key: key)
      case (.recipient(_, let sealed), .recipient(let keys)):
        let dataKey = try SealedBox.open(sealed, with: keys)
        return dataKey.count == AuthenticatedBox.keyBytes ? dataKey : nil
      default:
        return nil
      }
    } catch let error as SodiumError where error.code == .notAuthentic {
      return nil
    }
  }

  private static func associatedData(
    _ label: Label, kind: UInt8, cost: PasswordHash.Cost?, salt: [UInt8], vaultID: [UInt8]
  ) -> [UInt8] {
    Array("issuer vault slot v1\0".utf8) + vaultID
      + clearBytes(label, kind: kind, cost: cost, salt: salt)
  }

  private static func keyFileKey(_ content: SecretBytes, salt: [UInt8]) throws -> SecretBytes {
    var digest = Digest()
    digest.update(Array("issuer vault key file v1\0".utf8))
    digest.update(salt)
    digest.update(content)
    return try digest.finalizeSecret()
  }
}
