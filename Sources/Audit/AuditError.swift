/// Why a log cannot be written or read.
public struct AuditError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Compare these, never the message.
  public enum Code: String, Sendable, Equatable {
    /// No space is left; nothing was written, and the next append tries again.
    case diskFull = "disk_full"
    /// Another process writes to this directory.
    case inUse = "in_use"
    /// The end of the log is damaged in a way that no crash explains.
    case damaged
    /// An earlier failure left the file in an unknown state; the log must be opened again.
    case broken
    /// A record above 16 MiB.
    case tooLong = "too_long"
    case missing
    /// An argument is outside its limits.
    case invalid
    /// A system call failed.
    case system
  }

  public let code: Code
  /// The file or directory that it is about.
  public let path: String
  /// What happened, in a sentence without secrets.
  public let message: String
  /// What to do next.
  public let next: String

  /// Makes an error from safe words.
  public init(_ code: Code, path: String, message: String, next: String) {
    self.code = code
    self.path = path
    self.message = message
    self.next = next
  }

  public var description: String { "\(path): \(message); \(next)" }
}
