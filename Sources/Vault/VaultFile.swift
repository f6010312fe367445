import Glibc
import Sodium

/// The vault's file: reading with every check of its permissions, and writing so that a crash leaves the old or the new one.
struct VaultFile {
  /// What a write does, one after the other. Tests stop at each.
  enum Step: Equatable {
    case createdAside
    case wrote(bytes: Int)
    case synced
    case named
    case directorySynced
  }

  let path: String
  var chunkBytes = 65536
  /// Called after each step of a write.
  var afterStep: @Sendable (Step) throws -> Void = { _ in }

  private var asidePath: String { path + ".new" }

  init(_ path: String) { self.path = path }

  /// Holds off every other writer while `body` runs, in this process and others.
  func locked<Result>(_ body: () throws -> Result) throws -> Result {
    let lock = try OpenFile(path: path + ".lock", flags: OpenFile.lockFile, mode: 0o600)
    try keepOwner(lock)
    try lock.lock()
    return try body()
  }

  /// Reads and takes apart.
  /// - Throws: `VaultError`
  func read() throws -> (image: VaultImage, mode: mode_t) {
    let file = try OpenFile(path: path, flags: OpenFile.readNoFollow)
    let status = try file.status()
    guard status.isRegular else {
      throw VaultError(
        .wrongPermissions, path: path, message: "it is no regular file",
        next: "name the vault file itself")
    }
    // Root may look after the vault of the user that the daemon runs as; what it writes stays that user's.
    guard status.owner == geteuid() || geteuid() == 0 else {
      throw VaultError(
        .wrongPermissions, path: path,
        message: "it belongs to user \(status.owner), not to user \(geteuid())",
        next: "run as its owner, or chown it if you know how that came")
    }
    guard status.mode == 0o600 || status.mode == 0o400 else {
      throw VaultError(
        .wrongPermissions, path: path,
        message: "its mode is \(status.modeText) instead of 0600 or 0400",
        next: "find out who could read it, then chmod 0600")
    }
    let bytes = try file.readAll(limit: VaultLimits.fileBytesMax)
    do {
      return (try VaultImage(bytes), status.mode)
    } catch let error as VaultFormatError {
      throw error.at(path)
    }
  }

  /// Makes the file, which must not be there.
  func create(_ bytes: [UInt8]) throws {
    try writeAside(bytes, mode: 0o600)
    do {
      try OpenFile.addName(path, to: asidePath)
    } catch {
      try OpenFile.remove(asidePath)
      throw error
    }
    try afterStep(.named)
    try OpenFile.remove(asidePath)
    try OpenFile.syncDirectory(of: path)
    try afterStep(.directorySynced)
  }

  /// Puts other bytes in the file's place.
  func replace(with bytes: [UInt8], mode: mode_t) throws {
    try writeAside(bytes, mode: mode)
    try OpenFile.move(asidePath, over: path)
    try afterStep(.named)
    try OpenFile.syncDirectory(of: path)
    try afterStep(.directorySynced)
  }

  private func writeAside(_ bytes: [UInt8], mode: mode_t) throws {
    try OpenFile.remove(asidePath)  // left by a crash
    let file = try OpenFile(path: asidePath, flags: OpenFile.createNew, mode: 0o600)
    try keepOwner(file)
    try afterStep(.createdAside)
    var offset = 0
    while offset < bytes.count {
      let end = min(offset + chunkBytes, bytes.count)
      try file.write(bytes[offset..<end])
      offset = end
      try afterStep(.wrote(bytes: offset))
    }
    try file.setMode(mode)
    try file.sync()
    try afterStep(.synced)
  }

  /// Gives what root makes beside the vault to the vault's owner.
  private func keepOwner(_ file: borrowing OpenFile) throws {
    guard geteuid() == 0, let vault = try? OpenFile(path: path, flags: OpenFile.readNoFollow) else { return }
    try file.setOwner(like: try vault.status())
  }
}
