import Sodium

/// The vault file taken apart: everything that is in clear, and the sealed body. docs/vault-format.md is the specification.
struct VaultImage: Equatable {
  var id: [UInt8]
  var generation: UInt64
  var writtenAt: UInt64
  var nextSlotID: UInt32
  var slots: [KeySlot]
  var nonce: [UInt8]
  /// The sealed body.
  var box: [UInt8]
  /// The bytes before the body, which it is bound to.
  var associatedData: [UInt8]
  /// The file's last bytes: two images are the same file if these agree.
  var hash: [UInt8]

  /// Seals a body and lays out a whole file.
  static func encode(
    id: [UInt8], generation: UInt64, writtenAt: UInt64, nextSlotID: UInt32, slots: [KeySlot],
    body: SecretBytes, dataKey: SecretBytes
  ) throws -> (image: VaultImage, bytes: [UInt8]) {
    precondition(VaultLimits.slots.contains(slots.count))
    let nonce = Random.bytes(24)
    let boxBytes = body.count + AuthenticatedBox.tagBytes
    precondition(VaultLimits.sealedBodyBytes.contains(boxBytes))
    var header = id
    header.put(generation)
    header.put(writtenAt)
    header.put(nextSlotID)
    header.append(UInt8(slots.count))
    for slot in slots { slot.encode(into: &header) }
    header += nonce
    header.put(UInt32(boxBytes))

    var bytes = VaultLimits.magic
    bytes.put(VaultLimits.version)
    bytes.put(UInt64(VaultLimits.envelopeBytes + header.count + boxBytes + VaultLimits.hashBytes))
    bytes += header
    let associatedData = bytes
    let box = try AuthenticatedBox.seal(
      body, nonce: nonce, associatedData: associatedData, key: dataKey)
    bytes += box
    let hash = Digest.blake2b(bytes)
    bytes += hash
    let image = VaultImage(
      id: id, generation: generation, writtenAt: writtenAt, nextSlotID: nextSlotID, slots: slots,
      nonce: nonce, box: box,
      associatedData: associatedData, hash: hash)
    return (image, bytes)
  }

  /// Takes a file apart. The checks stand in the order of the document.
  /// - Throws: `VaultFormatError`
  init(_ bytes: [UInt8]) throws {
    guard bytes.starts(with: VaultLimits.magic.prefix(bytes.count)) else {
      throw VaultFormatError(
        code: .notAVault, message: "the file is not a vault: it begins with other bytes")
    }
    guard bytes.count >= VaultLimits.envelopeBytes + VaultLimits.hashBytes else {
      throw VaultFormatError(
        code: .truncated,
        message: "the file ends after \(bytes.count) bytes, inside its first fields")
    }
    var envelope = HeaderReader(bytes, from: VaultLimits.magic.count, to: VaultLimits.envelopeBytes)
    let version: UInt16 = try envelope.number()
    let length: UInt64 = try envelope.number()
    guard length <= VaultLimits.fileBytesMax else {
      throw VaultFormatError.corrupted("the length field is above its ceiling")
    }
    guard bytes.count >= length else {
      throw VaultFormatError(
        code: .truncated, message: "the file has \(bytes.count) of \(length) bytes")
    }
    guard bytes.count == length else {
      throw VaultFormatError.corrupted("there are bytes after the end")
    }
    let end = bytes.count - VaultLimits.hashBytes
    hash = Array(bytes[end...])
    guard Digest.blake2b(Array(bytes[..<end])) == hash else {
      throw VaultFormatError.corrupted("the file was changed or damaged: its hash does not fit")
    }
    guard version > 0 else { throw VaultFormatError.corrupted("version 0 does not exist") }
    guard version == VaultLimits.version else {
      throw VaultFormatError(
        code: .newerVersion,
        message:
          "the vault has format version \(version); this program reads \(VaultLimits.version)")
    }

    var reader = HeaderReader(bytes, from: VaultLimits.envelopeBytes, to: end)
    id = try reader.take(16)
    generation = try reader.number()
    writtenAt = try reader.number()
    nextSlotID = try reader.number()
    let slotCount = Int(try reader.number(UInt8.self))
    guard VaultLimits.slots.contains(slotCount) else {
      throw VaultFormatError.corrupted("it has \(slotCount) key slots")
    }
    slots = []
    var lastID: UInt32 = 0
    for _ in 0..<slotCount {
      let slot = try KeySlot(from: &reader)
      guard slot.label.id > lastID, slot.label.id < nextSlotID else {
        throw VaultFormatError.corrupted("slot ids do not ascend")
      }
      lastID = slot.label.id
      slots.append(slot)
    }
    nonce = try reader.take(24)
    let boxCount = Int(try reader.number(UInt32.self))
    guard VaultLimits.sealedBodyBytes.contains(boxCount) else {
      throw VaultFormatError.corrupted("the body's length is outside its limits")
    }
    associatedData = Array(bytes[..<reader.offset])
    box = try reader.take(boxCount)
    guard reader.isAtEnd else {
      throw VaultFormatError.corrupted("there are bytes between body and hash")
    }
  }

  private init(
    id: [UInt8], generation: UInt64, writtenAt: UInt64, nextSlotID: UInt32, slots: [KeySlot],
    nonce: [UInt8], box: [UInt8],
    associatedData: [UInt8], hash: [UInt8]
  ) {
    self.id = id
    self.generation = generation
    self.writtenAt = writtenAt
    self.nextSlotID = nextSlotID
    self.slots = slots
    self.nonce = nonce
    self.box = box
    self.associatedData = associatedData
    self.hash = hash
  }

  /// The first slot that `key` opens, and the data key in it. A wrong key costs one Argon2id for each passphrase slot.
  /// - Throws: `VaultFormatError` with `wrongKey`
  func unwrap(with key: KeySlot.Key) throws -> (slotID: UInt32, dataKey: SecretBytes) {
    for slot in slots {
      if let dataKey = try slot.dataKey(with: key, vaultID: id) { return (slot.label.id, dataKey) }
    }
    let kinds = Set(slots.map { $0.info.kind.name }).sorted().joined(separator: ", ")
    throw VaultFormatError(
      code: .wrongKey, message: "no key slot opens with this key (slots: \(kinds))")
  }

  /// The decrypted body.
  /// - Throws: `VaultFormatError` with `corrupted`
  func open(with dataKey: SecretBytes) throws -> SecretBytes {
    do {
      return try AuthenticatedBox.open(
        box, nonce: nonce, associatedData: associatedData, key: dataKey)
    } catch let error as SodiumError where error.code == .notAuthentic {
      throw VaultFormatError.corrupted(
        "the key is right, but the body was changed after it was sealed")
    }
  }
}
