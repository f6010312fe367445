/// What a libsodium wrapper refuses. Says nothing of the bytes concerned.
public struct SodiumError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kinds of failure; compare these, never the message.
  public enum Code: String, Sendable, Equatable {
    /// The key is wrong or the bytes were changed: a MAC or signature does not match.
    case notAuthentic = "not_authentic"
    /// An argument has a length that the primitive does not take.
    case wrongLength = "wrong_length"
    /// Text is not hexadecimal or base64url.
    case notDecodable = "not_decodable"
    /// Locked memory or the memory that Argon2id asks for could not be had.
    case outOfMemory = "out_of_memory"
    /// A system call that hardens the process failed.
    case system = "system"
  }

  public let code: Code
  /// What happened, in a sentence without secrets.
  public let message: String
  /// What to do next.
  public let next: String

  /// Makes an error from safe words.
  public init(_ code: Code, message: String, next: String) {
    self.code = code
    self.message = message
    self.next = next
  }

  public var description: String { "\(message); \(next)" }

  static func wrongLength(_ what: String, expected: Int, got: Int) -> SodiumError {
    SodiumError(
      .wrongLength, message: "\(what) has \(got) bytes instead of \(expected)",
      next: "check where the bytes come from")
  }

  static func notAuthentic(_ what: String) -> SodiumError {
    SodiumError(
      .notAuthentic, message: "\(what) does not authenticate",
      next: "check the key; if it is right, the bytes were changed")
  }
}
