import Sodium

extension Vault {
  /// Adds a way to open the vault; the secrets are not touched.
  ///
  /// - Returns: the new slot's id.
  /// - Throws: `VaultError`: `invalid` (17th slot, label, passphrase), and as `update`.
  @discardableResult
  public func addSlot(_ slot: NewSlot) throws -> UInt32 {
    try rewrite { state in
      guard state.image.slots.count < VaultLimits.slots.upperBound else {
        throw VaultError(
          .invalid, path: path, message: "the vault has 16 key slots already",
          next: "remove one first")
      }
      let id = state.image.nextSlotID
      let (nextID, overflow) = id.addingReportingOverflow(1)
      guard !overflow else {
        throw VaultFormatError.corrupted("slot ids are at their end").at(path)
      }
      state.image.slots.append(
        try slot.slot(
          id: id, at: Self.now(), dataKey: state.dataKey, vaultID: state.image.id, path: path))
      state.image.nextSlotID = nextID
      return id
    }
  }

  /// Removes a way to open the vault. Who knew its key and has an old copy of the file still opens that copy.
  ///
  /// - Throws: `VaultError`: `noSuchSlot`, `lastSlot`, and as `update`.
  public func removeSlot(_ id: UInt32) throws {
    try rewrite { state in
      guard let index = state.image.slots.firstIndex(where: { $0.label.id == id }) else {
        throw VaultError(
          .noSuchSlot, path: path, message: "there is no slot \(id)",
          next: "see `issuerctl vault slots`")
      }
      guard state.image.slots.count > 1 else {
        throw VaultError(
          .lastSlot, path: path,
          message: "slot \(id) is the last; without it nobody could open the vault",
          next: "add another first")
      }
      state.image.slots.remove(at: index)
    }
  }

  /// What a rekey did.
  public struct RekeyReport: Sendable, Equatable {
    /// Slots that open the new data key.
    public let kept: [SlotInfo]
    /// Slots that are gone, because their secret was not brought.
    public let dropped: [SlotInfo]
  }

  /// Gives the vault a new data key, so that nobody who had the old one opens what is written from now on.
  ///
  /// Recipient slots are sealed again with their public keys. A passphrase or key-file slot needs its secret once more, in `unlocks`:
  /// the vault does not keep the wrapping keys, or whoever had read the old body would have them too.
  ///
  /// - Parameters:
  ///   - unlocks: the passphrases and key files of the slots to keep.
  ///   - dropOthers: whether slots that `unlocks` does not cover are dropped; else they are an error.
  /// - Throws: `VaultError`: `slotsWouldBeLost` (nothing changed), `lastSlot`, and as `update`.
  public func rekey(bringing unlocks: [Unlock], dropOthers: Bool = false) throws -> RekeyReport {
    let keys = try unlocks.map { try $0.load() }
    return try rewrite { state in
      let fresh = try SecretBytes.random(count: AuthenticatedBox.keyBytes)
      var kept: [KeySlot] = []
      var dropped: [KeySlot] = []
      for slot in state.image.slots {
        if let slot = try slot.rewrapped(for: fresh, keys: keys, vaultID: state.image.id) {
          kept.append(slot)
        } else {
          dropped.append(slot)
        }
      }
      guard dropped.isEmpty || dropOthers else {
        let names = dropped.map { "\($0.label.id) (\($0.info.kind.name) \"\($0.label.text)\")" }
          .joined(separator: ", ")
        throw VaultError(
          .slotsWouldBeLost, path: path,
          message: "the secrets of these slots were not brought: \(names)",
          next: "bring them, or ask for the slots to be dropped (--drop-others)")
      }
      guard !kept.isEmpty else {
        throw VaultError(
          .lastSlot, path: path, message: "no slot would be left",
          next: "bring the secret of at least one slot")
      }
      state.image.slots = kept
      state.dataKey = fresh
      return RekeyReport(kept: kept.map(\.info), dropped: dropped.map(\.info))
    }
  }
}

extension KeySlot {
  /// The slot around another data key; nil when none of `keys` opens it and it needs one.
  func rewrapped(for dataKey: SecretBytes, keys: [Key], vaultID: [UInt8]) throws -> KeySlot? {
    if case .recipient(let publicKey, _) = wrapping {
      return try KeySlot(label, recipient: publicKey, dataKey: dataKey)
    }
    for key in keys where try self.dataKey(with: key, vaultID: vaultID) != nil {
      switch (wrapping, key) {
      case (.passphrase(let cost, _, _, _), .passphrase(let passphrase)):
        return try KeySlot(
          label, passphrase: passphrase, cost: cost, dataKey: dataKey, vaultID: vaultID)
      case (.keyFile, .keyFile(let content)):
        return try KeySlot(label, keyFileContent: content, dataKey: dataKey, vaultID: vaultID)
      default:
        continue
      }
    }
    return nil
  }
}
