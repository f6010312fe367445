import Foundation
import Yams

/// One mapping of a configuration file. Every key has to be asked for: what nobody asked for is an error, so that a misspelt setting is
/// never silently its default.
final class ConfigurationSection {
  let file: String
  private let node: Node.Mapping
  private let path: String
  private let line: Int?
  private var asked: Set<String> = []

  init(file: String, path: String, node: Node) throws {
    guard case .mapping(let mapping) = node else {
      throw ConfigurationError(
        file: file, line: node.mark?.line, message: "\(path.isEmpty ? "the file" : path) is not a mapping",
        next: "write it as `key: value` lines")
    }
    self.file = file
    self.path = path
    self.node = mapping
    line = node.mark?.line
  }

  /// The whole file.
  convenience init(file: String, text: String) throws {
    let node: Node?
    do {
      node = try Yams.compose(yaml: text)
    } catch let error as YamlError {
      throw ConfigurationError(file: file, message: "not YAML: \(error)", next: "check indentation and quotes")
    }
    guard let node else {
      throw ConfigurationError(file: file, message: "the file is empty", next: "`issuerctl init` writes a commented one")
    }
    try self.init(file: file, path: "", node: node)
  }

  func optionalSection(_ key: String) throws -> ConfigurationSection? {
    try value(key).map { try ConfigurationSection(file: file, path: name(key), node: $0) }
  }

  func section(_ key: String) throws -> ConfigurationSection {
    guard let section = try optionalSection(key) else { throw missing(key) }
    return section
  }

  func optionalString(_ key: String) throws -> String? {
    guard let value = value(key) else { return nil }
    guard let text = value.scalar?.string, !text.isEmpty else { throw wrong(key, value, "a text") }
    return text
  }

  func string(_ key: String) throws -> String {
    guard let text = try optionalString(key) else { throw missing(key) }
    return text
  }

  func optionalInteger(_ key: String, _ range: ClosedRange<Int>) throws -> Int? {
    guard let value = value(key) else { return nil }
    guard let number = value.scalar.flatMap({ Int($0.string) }), range.contains(number) else {
      throw wrong(key, value, "a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  func integer(_ key: String, _ range: ClosedRange<Int>, default standard: Int) throws -> Int {
    try optionalInteger(key, range) ?? standard
  }

  func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, default standard: Choice) throws -> Choice
  where Choice.RawValue == String {
    guard let text = try optionalString(key) else { return standard }
    guard let choice = Choice(rawValue: text) else {
      throw wrong(key, node[key], "one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return choice
  }

  func strings(_ key: String) throws -> [String] {
    guard let value = value(key) else { return [] }
    guard let items = value.sequence else { throw wrong(key, value, "a list") }
    return try items.map { item in
      guard let text = item.scalar?.string, !text.isEmpty else { throw wrong(key, item, "a list of texts") }
      return text
    }
  }

  /// The keys of a mapping, in the file's order.
  func keys(of key: String) throws -> [String] {
    guard let value = value(key) else { return [] }
    guard case .mapping(let mapping) = value else { throw wrong(key, value, "a mapping") }
    return mapping.compactMap { $0.key.string }
  }

  /// File permission bits as an octal text such as `"0660"`.
  func mode(_ key: String, default standard: UInt32) throws -> UInt32 {
    guard let text = try optionalString(key) else { return standard }
    guard let bits = UInt32(text, radix: 8), bits <= 0o777 else { throw wrong(key, node[key], "an octal mode such as \"0660\"") }
    return bits
  }

  /// A file name; relative ones are beside the configuration file.
  func optionalPath(_ key: String) throws -> String? {
    try optionalString(key).map { text in
      text.hasPrefix("/") ? text : (file as NSString).deletingLastPathComponent + "/" + text
    }
  }

  func path(_ key: String) throws -> String {
    guard let path = try optionalPath(key) else { throw missing(key) }
    return path
  }

  /// Call last: refuses keys that were not asked for.
  func finish() throws {
    for (key, _) in node where !asked.contains(key.string ?? "") {
      throw ConfigurationError(
        file: file, line: key.mark?.line, message: "unknown setting \(name(key.string ?? "?"))",
        next: "settings here are \(asked.sorted().joined(separator: ", "))")
    }
  }

  func error(_ key: String, _ message: String, next: String) -> ConfigurationError {
    ConfigurationError(file: file, line: node[key]?.mark?.line ?? line, message: "\(name(key)): \(message)", next: next)
  }

  private func value(_ key: String) -> Node? {
    asked.insert(key)
    guard let value = node[key], value.null == nil else { return nil }
    return value
  }

  private func name(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  private func missing(_ key: String) -> ConfigurationError {
    error(key, "is missing", next: "docs/operations.md says what belongs there")
  }

  private func wrong(_ key: String, _ value: Node?, _ wanted: String) -> ConfigurationError {
    ConfigurationError(
      file: file, line: value?.mark?.line, message: "\(name(key)) is not \(wanted)", next: "write \(wanted)")
  }
}
