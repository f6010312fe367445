/// Something wrong in a configuration file, at its place.
public struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
  public var file: String
  /// 1-based; nil when the file as a whole is meant.
  public var line: Int?
  public var message: String
  public var next: String

  public init(file: String, line: Int? = nil, message: String, next: String) {
    self.file = file
    self.line = line
    self.message = message
    self.next = next
  }

  public var description: String { "\(file)\(line.map { ":\($0)" } ?? ""): \(message) (\(next))" }
}
