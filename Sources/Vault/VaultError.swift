/// Why a vault cannot be opened or changed. The codes tell apart what an operator must tell apart: another key, another file, a
/// damaged file, a newer program.
public struct VaultError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Compare these, never the message.
  public enum Code: String, Sendable, Equatable, CaseIterable {
    case wrongKey = "wrong_key"
    case notAVault = "not_a_vault"
    case truncated
    case corrupted
    case newerVersion = "newer_version"
    case wrongPermissions = "wrong_permissions"
    case missing
    case alreadyExists = "already_exists"
    /// Somebody else gave the vault a new data key while it was open here.
    case rekeyed
    case lastSlot = "last_slot"
    case noSuchSlot = "no_such_slot"
    /// A rekey would lose slots whose secret was not brought.
    case slotsWouldBeLost = "slots_would_be_lost"
    /// An argument or a field of the body is outside its limits.
    case invalid
    /// A system call failed: disk full, read-only file system, ...
    case system
  }

  public let code: Code
  /// The file that it is about.
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

/// What is wrong with bytes, before it is known which file they are from.
struct VaultFormatError: Error, Equatable {
  let code: VaultError.Code
  let message: String

  static func corrupted(_ what: String) -> VaultFormatError {
    VaultFormatError(code: .corrupted, message: what)
  }

  func at(_ path: String) -> VaultError {
    let next =
      switch code {
      case .notAVault: "check the path (`vault:` in issuerd.yaml); `issuerctl init` makes a vault"
      case .truncated:
        "restore the file from a backup; a full disk or a copy that was cut short does this"
      case .newerVersion: "upgrade the issuer to a version that reads it"
      case .wrongKey:
        "give the passphrase, key file or recipient key of one of its slots (`issuerctl vault slots` lists them)"
      case .invalid: "change it and try again; nothing was written"
      default: "restore the file from a backup"
      }
    return VaultError(code, path: path, message: message, next: next)
  }
}
