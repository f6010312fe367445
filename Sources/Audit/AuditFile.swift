import CLinux
import Glibc

/// A segment's file descriptor; closes when the last reference goes, so that a sync under way outlives a change of segments. All
/// unsafe file code of the module is here.
final class AuditFile: Sendable {
  static let segmentMode: mode_t = 0o640
  let path: String
  private let descriptor: Int32

  private init(path: String, flags: Int32, mode: mode_t = 0) throws {
    self.path = path
    descriptor = unsafe open(path, flags | O_CLOEXEC | O_NOFOLLOW, mode)
    guard descriptor >= 0 else { throw Self.failure("open", path) }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  static func appending(to path: String) throws -> AuditFile { try AuditFile(path: path, flags: O_RDWR | O_APPEND) }
  static func creating(_ path: String) throws -> AuditFile {
    try AuditFile(path: path, flags: O_RDWR | O_APPEND | O_CREAT | O_EXCL, mode: segmentMode)
  }
  static func reading(_ path: String) throws -> AuditFile { try AuditFile(path: path, flags: O_RDONLY) }

  /// The lock of a directory, held as long as the file lives.
  static func locking(_ path: String) throws -> AuditFile {
    let file = try AuditFile(path: path, flags: O_RDWR | O_CREAT, mode: 0o600)
    guard flock(file.descriptor, LOCK_EX | LOCK_NB) == 0 else {
      throw AuditError(
        .inUse, path: path, message: "another process writes this audit log",
        next: "stop it, or give each writer its own directory")
    }
    return file
  }

  /// Writes all of it.
  func write(_ lines: borrowing JSONLine) throws {
    try unsafe lines.withBytes { buffer in
      var written = 0
      while written < buffer.count {
        let count = unsafe Glibc.write(descriptor, buffer.baseAddress! + written, buffer.count - written)
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { throw Self.failure("write", path) }
        written += count
      }
    }
  }

  /// Up to `count` bytes; empty at the end.
  func read(_ count: Int) throws -> [UInt8] {
    try unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      var got = unsafe Glibc.read(descriptor, buffer.baseAddress, count)
      while got < 0 && errno == EINTR { got = unsafe Glibc.read(descriptor, buffer.baseAddress, count) }
      guard got >= 0 else { throw Self.failure("read", path) }
      filled = got
    }
  }

  func cut(to bytes: Int) throws {
    guard ftruncate(descriptor, off_t(bytes)) == 0 else { throw Self.failure("ftruncate", path) }
  }

  func sync() throws {
    guard fdatasync(descriptor) == 0 else { throw Self.failure("fdatasync", path) }
  }

  static func makeDirectory(_ path: String) throws {
    guard unsafe mkdir(path, 0o750) == 0 || errno == EEXIST else { throw failure("mkdir", path) }
  }

  static func syncDirectory(_ path: String) throws {
    let directory = try AuditFile(path: path, flags: O_RDONLY | O_DIRECTORY)
    guard fsync(directory.descriptor) == 0 else { throw failure("fsync", path) }
  }

  private static func failure(_ call: String, _ path: String) -> AuditError {
    let number = errno
    let reason = unsafe String(cString: strerror(number))
    switch number {
    case ENOSPC, EDQUOT, EFBIG:
      return AuditError(
        .diskFull, path: path, message: "\(call): \(reason)",
        next: "free some space; statements are refused until records can be written")
    case ENOENT:
      return AuditError(.missing, path: path, message: "there is no such file or directory", next: "check the path")
    default:
      return AuditError(.system, path: path, message: "\(call): \(reason)", next: "cure that and try again")
    }
  }
}
