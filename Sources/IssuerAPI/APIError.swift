/// The body of every answer that is not a success (status 4xx or 5xx).
public struct APIError: Error, Sendable, Equatable, Codable {
  /// A stable word: `not_found`, `forbidden`, `lifetime_too_long`, `conflict`, `invalid`, `unavailable`, ...
  public var code: String
  /// What happened and why, in a sentence without secrets.
  public var message: String
  /// What to do next.
  public var next: String

  public init(code: String, message: String, next: String) {
    self.code = code
    self.message = message
    self.next = next
  }
}
