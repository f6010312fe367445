import Yams

/// One mapping of a YAML file, read key by key: remembers which keys were asked for, so that a misspelt one is a problem and not
/// silence.
final class YAMLSection {
  private let name: String
  private let line: Int
  private var values: [String: Node] = [:]
  private var unread: Set<String> = []
  let problems: Problems

  /// Where the problems of a whole file are gathered.
  final class Problems { var list: [ConfigurationProblem] = [] }

  init(_ name: String, _ node: Node?, problems: Problems, isRequired: Bool = false) {
    self.name = name
    self.line = node?.mark?.line ?? 0
    self.problems = problems
    guard let node, node != "" else {
      if isRequired { problems.list.append(.init(line: 0, message: "`\(name)` is missing", next: "add it")) }
      return
    }
    guard let mapping = node.mapping else {
      problem("`\(name)` must be a mapping of keys to values", "write `key: value` lines below it")
      return
    }
    for (key, value) in mapping {
      let key = key.string ?? "?"
      if values.updateValue(value, forKey: key) != nil {
        problem("`\(path(key))` is given twice", "remove one", at: value)
      }
      unread.insert(key)
    }
  }

  func problem(_ message: String, _ next: String, at node: Node? = nil) {
    problems.list.append(.init(line: node?.mark?.line ?? line, message: message, next: next))
  }

  func node(_ key: String) -> Node? {
    unread.remove(key)
    return values[key]
  }

  func section(_ key: String, isRequired: Bool = false) -> YAMLSection {
    YAMLSection(path(key), node(key), problems: problems, isRequired: isRequired)
  }

  func has(_ key: String) -> Bool { values[key] != nil }

  func text(_ key: String) -> String? {
    guard let node = node(key) else { return nil }
    if let scalar = node.scalar, !scalar.string.isEmpty { return scalar.string }
    problem("`\(path(key))` must be a text", "write `\(key): ...`", at: node)
    return nil
  }

  func required(_ key: String) -> String {
    if !has(key) { problem("`\(path(key))` is missing", "add `\(key): ...`") }
    return text(key) ?? ""
  }

  func number(_ key: String, default value: Int, in range: ClosedRange<Int>) -> Int {
    guard let node = node(key) else { return value }
    if let number = node.int, range.contains(number) { return number }
    problem(
      "`\(path(key))` must be a whole number from \(range.lowerBound) to \(range.upperBound)", "correct the number", at: node)
    return value
  }

  func flag(_ key: String, default value: Bool) -> Bool {
    guard let node = node(key) else { return value }
    if let flag = node.bool { return flag }
    problem("`\(path(key))` must be true or false", "correct it", at: node)
    return value
  }

  func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, default value: Choice) -> Choice
  where Choice.RawValue == String {
    guard let node = node(key) else { return value }
    if let choice = node.string.flatMap({ Choice(rawValue: $0) }) { return choice }
    let allowed = Choice.allCases.map(\.rawValue).joined(separator: ", ")
    problem("`\(path(key))` must be one of: \(allowed)", "choose one of them", at: node)
    return value
  }

  /// Reports keys that nobody asked for. Call it last.
  func finish() {
    for key in unread.sorted() {
      problem("`\(path(key))` is not a setting of the proxy", "correct the spelling or remove it", at: values[key])
    }
  }

  func path(_ key: String) -> String { name.isEmpty ? key : "\(name).\(key)" }
}
