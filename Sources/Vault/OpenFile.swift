import CLinux
import Glibc
import Sodium

/// A file descriptor that closes itself, with the few calls that the vault makes. All unsafe file code of the module is here.
struct OpenFile: ~Copyable {
  static let read = O_RDONLY | O_CLOEXEC
  static let readNoFollow = O_RDONLY | O_CLOEXEC | O_NOFOLLOW
  static let createNew = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
  static let lockFile = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW

  struct Status {
    var bytes: Int
    var mode: mode_t
    var owner: uid_t
    var group: gid_t
    var isRegular: Bool
    var modeText: String { "0" + String(mode, radix: 8) }
  }

  let path: String
  private let descriptor: Int32

  init(path: String, flags: Int32, mode: mode_t = 0) throws {
    self.path = path
    descriptor = unsafe open(path, flags, mode)
    guard descriptor >= 0 else { throw Self.failure("open", path) }
    // The umask must not decide over what holds secrets.
    if flags & O_CREAT != 0, flags & O_EXCL != 0, fchmod(descriptor, mode) != 0 {
      throw Self.failure("fchmod", path)
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  func status() throws -> Status {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw Self.failure("fstat", path) }
    return Status(
      bytes: Int(status.st_size), mode: status.st_mode & 0o7777, owner: status.st_uid, group: status.st_gid,
      isRegular: status.st_mode & S_IFMT == S_IFREG)
  }

  func setMode(_ mode: mode_t) throws {
    guard fchmod(descriptor, mode) == 0 else { throw Self.failure("fchmod", path) }
  }

  func setOwner(like other: Status) throws {
    guard fchown(descriptor, other.owner, other.group) == 0 else { throw Self.failure("fchown", path) }
  }

  /// All bytes up to `limit` and one more, so that the caller sees a file that is too long.
  func readAll(limit: Int) throws -> [UInt8] {
    var bytes = [UInt8]()
    var chunk = [UInt8](repeating: 0, count: 65536)
    while bytes.count <= limit {
      let count = unsafe Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw Self.failure("read", path) }
      if count == 0 { break }
      bytes += chunk[..<count]
    }
    return bytes
  }

  /// Exactly `count` bytes, into locked memory.
  func readSecret(count: Int) throws -> SecretBytes {
    try unsafe SecretBytes(count: count) { buffer in
      var filled = 0
      while filled < count {
        let got = unsafe Glibc.read(descriptor, buffer.baseAddress! + filled, count - filled)
        if got < 0 && errno == EINTR { continue }
        guard got > 0 else { throw Self.failure("read", path) }
        filled += got
      }
    }
  }

  func write(_ bytes: ArraySlice<UInt8>) throws {
    try unsafe bytes.withUnsafeBytes { try unsafe write($0) }
  }

  func write(_ secret: SecretBytes) throws {
    try unsafe secret.withUnsafeBytes { try unsafe write($0) }
  }

  private func write(_ buffer: UnsafeRawBufferPointer) throws {
    var written = 0
    while written < buffer.count {
      let count = unsafe Glibc.write(
        descriptor, buffer.baseAddress! + written, buffer.count - written)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw Self.failure("write", path) }
      written += count
    }
  }

  func sync() throws {
    guard fsync(descriptor) == 0 else { throw Self.failure("fsync", path) }
  }

  /// Waits for the exclusive lock; the kernel lets it go when the descriptor closes, however that comes.
  func lock() throws {
    while flock(descriptor, LOCK_EX) != 0 {
      guard errno == EINTR else { throw Self.failure("flock", path) }
    }
  }
}

// MARK: - Names

extension OpenFile {
  static func exists(_ path: String) -> Bool {
    var status = stat()
    return unsafe lstat(path, &status) == 0
  }

  static func remove(_ path: String) throws {
    guard unsafe unlink(path) == 0 || errno == ENOENT else { throw failure("unlink", path) }
  }

  static func move(_ from: String, over to: String) throws {
    guard unsafe rename(from, to) == 0 else { throw failure("rename", to) }
  }

  /// A second name for the file; fails if there is one already.
  static func addName(_ to: String, to from: String) throws {
    guard unsafe link(from, to) == 0 else { throw failure("link", to) }
  }

  static func directory(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  static func syncDirectory(of path: String) throws {
    let directory = try OpenFile(
      path: directory(of: path), flags: O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    try directory.sync()
  }

  private static func failure(_ call: String, _ path: String) -> VaultError {
    let reason = unsafe String(cString: strerror(errno))
    switch errno {
    case ENOENT:
      return VaultError(
        .missing, path: path, message: "there is no such file",
        next: "check the path; `issuerctl init` makes a vault")
    case EEXIST:
      return VaultError(
        .alreadyExists, path: path, message: "the file is there already",
        next: "choose another path or move it away")
    case EACCES, EPERM:
      return VaultError(
        .wrongPermissions, path: path, message: "\(call): \(reason)",
        next: "run as the user who owns it, and check the directory's mode")
    case ELOOP:
      return VaultError(
        .wrongPermissions, path: path, message: "it is a symbolic link",
        next: "name the file itself")
    case ENOSPC, EDQUOT:
      return VaultError(
        .system, path: path, message: "\(call): \(reason)",
        next: "free some space and try again; nothing was changed")
    default:
      return VaultError(
        .system, path: path, message: "\(call): \(reason)",
        next: "cure that and try again; nothing was changed")
    }
  }
}
