/// One thing that is wrong in a policy file, at its place.
public struct PolicyError: Error, Sendable, Equatable, Codable {
  /// 1-based.
  public var line: Int
  /// 1-based, in Unicode scalars.
  public var column: Int
  /// What is wrong and why.
  public var message: String
  /// What to do next.
  public var next: String

  public init(line: Int, column: Int, message: String, next: String) {
    self.line = line
    self.column = column
    self.message = message
    self.next = next
  }
}

/// All that is wrong in a policy file, in the order of its lines. Such a file does not load.
public struct PolicyErrors: Error, Sendable, Equatable, CustomStringConvertible {
  public var errors: [PolicyError]

  public init(_ errors: [PolicyError]) { self.errors = errors }

  /// One line each: `12:5: message (next)`.
  public var description: String {
    errors.map { "\($0.line):\($0.column): \($0.message) (\($0.next))" }.joined(separator: "\n")
  }
}
