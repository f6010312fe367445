import CLinux
import Glibc

/// Why a socket, a TLS session or a configuration of either does not work.
public struct SocketError: Error, Sendable, Equatable, CustomStringConvertible {
  public enum Code: String, Sendable, Equatable {
    /// A system call failed; `errorNumber` says why.
    case system
    case timedOut
    /// A name that does not resolve.
    case resolution
    /// An address, path or option that cannot be used.
    case configuration
    /// The peer's certificate is not acceptable.
    case certificate
    /// The TLS exchange failed otherwise.
    case tls
    /// The peer sent plain bytes or closed in the middle of the handshake.
    case truncated
  }
  public var code: Code
  public var message: String
  /// What to do next.
  public var next: String
  /// `errno`, 0 where none is known.
  public var errorNumber: Int32

  public init(_ code: Code, message: String, next: String, errorNumber: Int32 = 0) {
    self.code = code
    self.message = message
    self.next = next
    self.errorNumber = errorNumber
  }

  /// The error of the system call that has just failed; `errno` is read first of all.
  static func system(_ what: String, next: String = "see errno(3)", errorNumber: Int32 = errno) -> SocketError {
    SocketError(.system, message: "\(what): \(text(of: errorNumber))", next: next, errorNumber: errorNumber)
  }

  static func text(of errorNumber: Int32) -> String {
    guard let text = unsafe strerror(errorNumber) else { return "error \(errorNumber)" }
    return unsafe String(cString: text)
  }

  public var description: String { "\(message); next: \(next)" }
}
