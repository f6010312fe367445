import FoundationEssentials
import Sodium
import Synchronization

/// An open vault. Holds the data key and the body in locked memory; every change is on disk before the call returns.
///
/// Several processes may have one vault open: writers take turns by a file lock and go on from what they find on disk.
public final class Vault: Sendable {
  /// The vault file.
  public let path: String
  let file: VaultFile
  private let state: Mutex<State>

  struct State {
    var image: VaultImage
    var dataKey: SecretBytes
    var body: VaultBody
  }

  private init(file: VaultFile, state: State) {
    path = file.path
    self.file = file
    self.state = Mutex(state)
  }

  /// Makes a vault file, mode 0600, and opens it.
  ///
  /// - Throws: `VaultError`: `alreadyExists`, `invalid` (no slots, or something outside the limits), `system`.
  public static func create(at path: String, slots: [NewSlot], body: VaultBody) throws -> Vault {
    try create(VaultFile(path), slots: slots, body: body)
  }

  static func create(_ file: VaultFile, slots: [NewSlot], body: VaultBody) throws -> Vault {
    guard VaultLimits.slots.contains(slots.count) else {
      throw VaultError(
        .invalid, path: file.path, message: "a vault has 1 to 16 key slots",
        next: "give at least one")
    }
    let id = Random.bytes(16)
    let now = Self.now()
    let dataKey = try SecretBytes.random(count: AuthenticatedBox.keyBytes)
    let keySlots = try slots.enumerated().map { index, slot in
      try slot.slot(id: UInt32(index + 1), at: now, dataKey: dataKey, vaultID: id, path: file.path)
    }
    let (image, bytes) = try Self.naming(file.path) {
      try VaultImage.encode(
        id: id, generation: 1, writtenAt: now, nextSlotID: UInt32(slots.count + 1), slots: keySlots,
        body: try body.encode(),
        dataKey: dataKey)
    }
    try file.locked { try file.create(bytes) }
    return Vault(file: file, state: State(image: image, dataKey: dataKey, body: body))
  }

  /// Opens a vault with any one of its slots.
  ///
  /// - Throws: `VaultError`: `missing`, `wrongPermissions`, `notAVault`, `truncated`, `corrupted`, `newerVersion`, `wrongKey`,
  ///   `system`.
  public static func open(at path: String, with unlock: Unlock) throws -> Vault {
    try open(VaultFile(path), with: unlock)
  }

  static func open(_ file: VaultFile, with unlock: Unlock) throws -> Vault {
    let image = try file.read().image
    let key = try unlock.load()
    return try naming(file.path) {
      let dataKey = try image.unwrap(with: key).dataKey
      let body = try VaultBody(decoding: image.open(with: dataKey))
      return Vault(file: file, state: State(image: image, dataKey: dataKey, body: body))
    }
  }

  /// What can be told of a vault without a key.
  ///
  /// - Throws: as `open`, except `wrongKey`.
  public static func inspect(at path: String) throws -> VaultSummary {
    VaultSummary(try VaultFile(path).read().image)
  }

  /// The secrets as this process last saw them.
  public var body: VaultBody { state.withLock { $0.body } }

  /// The key slots as this process last saw them.
  public var slots: [SlotInfo] { state.withLock { $0.image.slots.map(\.info) } }

  /// Id, generation and slots as this process last saw them.
  public var summary: VaultSummary { state.withLock { VaultSummary($0.image) } }

  /// Reads the file again, if another process changed it.
  ///
  /// - Returns: whether there was anything new.
  /// - Throws: as `open`, and `rekeyed` when it must be opened again.
  @discardableResult
  public func reload() throws -> Bool {
    let (fresh, _) = try latest()
    return state.withLock { state in
      guard fresh.image.hash != state.image.hash else { return false }
      state = fresh
      return true
    }
  }

  /// Changes the secrets: reads what is on disk, lets `change` work on it, and writes it. Nothing is written when `change` throws.
  ///
  /// - Throws: what `change` throws; `VaultError` as `reload`, `invalid` for what is outside the limits, `system` (nothing changed).
  @discardableResult
  public func update<Result>(_ change: (inout VaultBody) throws -> Result) throws -> Result {
    try rewrite { state in try change(&state.body) }
  }

  /// Lets `change` work on the newest state, writes the outcome, and keeps it.
  func rewrite<Result>(_ change: (inout State) throws -> Result) throws -> Result {
    try file.locked {
      var (next, mode) = try latest()
      let result = try change(&next)
      let (generation, overflow) = next.image.generation.addingReportingOverflow(1)
      guard !overflow else {
        throw VaultFormatError.corrupted("the generation is at its end").at(path)
      }
      let (image, bytes) = try Self.naming(path) {
        try VaultImage.encode(
          id: next.image.id, generation: generation, writtenAt: Self.now(),
          nextSlotID: next.image.nextSlotID, slots: next.image.slots,
          body: try next.body.encode(), dataKey: next.dataKey)
      }
      try file.replace(with: bytes, mode: mode)
      next.image = image
      state.withLock { $0 = next }
      return result
    }
  }

  /// What is on disk, decrypted only if it is another than what is in memory.
  private func latest() throws -> (state: State, mode: UInt32) {
    let known = state.withLock { $0 }
    let (image, mode) = try file.read()
    guard image.hash != known.image.hash else { return (known, mode) }
    guard image.id == known.image.id else {
      throw VaultError(
        .rekeyed, path: path, message: "another vault was put in its place", next: "open it again")
    }
    let opened: SecretBytes
    do {
      opened = try image.open(with: known.dataKey)
    } catch is VaultFormatError {
      throw VaultError(
        .rekeyed, path: path,
        message:
          "the vault on disk does not open with the data key in memory: it was given a new one, or changed",
        next: "open it again (restart, or SIGHUP)")
    }
    let body = try Self.naming(path) { try VaultBody(decoding: opened) }
    return (State(image: image, dataKey: known.dataKey, body: body), mode)
  }

  /// Adds the path to what is wrong with bytes.
  static func naming<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as VaultFormatError {
      throw error.at(path)
    }
  }

  static func now() -> UInt64 { UInt64(max(0, Date().timeIntervalSince1970)) }
}

/// What a vault file tells without a key.
public struct VaultSummary: Sendable, Equatable {
  /// Hexadecimal; stays the same for the vault's life.
  public let id: String
  /// How often the file was written.
  public let generation: UInt64
  /// Seconds since 1970-01-01 UTC.
  public let writtenAtSeconds: UInt64
  public let slots: [SlotInfo]

  init(_ image: VaultImage) {
    id = Hex.encode(image.id)
    generation = image.generation
    writtenAtSeconds = image.writtenAt
    slots = image.slots.map(\.info)
  }
}
