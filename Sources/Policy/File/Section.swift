import Yams

/// One mapping of the file while it is read: keys are taken by name, and what nobody took is an error.
final class Section {
  let problems: Problems
  /// For messages: `scope support-read`.
  let title: String
  let mark: Mark?
  private var entries: [(name: String, mark: Mark?, node: Node)] = []
  private var known: [String] = []

  /// - Returns: nil, with the error told, when the node is no mapping.
  init?(_ node: Node, _ title: String, _ problems: Problems) {
    guard case .mapping(let mapping) = node else {
      problems.add(node.mark, "\(title) must be a mapping of keys to values", next: "see docs/policy.md for its keys")
      return nil
    }
    self.problems = problems
    self.title = title
    mark = node.mark
    for (key, value) in mapping {
      guard case .scalar(let scalar) = key else {
        problems.add(key.mark, "a key of \(title) is not a plain word", next: "write `name: value`")
        continue
      }
      entries.append((scalar.string, key.mark, value))
    }
  }

  /// The value of a key; nil when it is absent.
  func take(_ key: String) -> Node? {
    known.append(key)
    return entries.first { $0.name == key }?.node
  }

  func required(_ key: String, next: String) -> Node? {
    let node = take(key)
    if node == nil { problems.add(mark, "\(title) has no `\(key)`", next: next) }
    return node
  }

  /// All entries of a mapping whose keys are names that the file chooses.
  func named() -> [(name: String, mark: Mark?, node: Node)] {
    known = entries.map(\.name)
    return entries
  }

  /// Names that a file may not use, each with the reason and what to write instead.
  func refuse(_ key: String, because message: String, next: String) {
    known.append(key)
    if let entry = entries.first(where: { $0.name == key }) { problems.add(entry.mark, message, next: next) }
  }

  func mark(of key: String) -> Mark? { entries.first { $0.name == key }?.mark ?? mark }

  /// Unknown keys are errors: a misspelt rule must not silently be no rule.
  func finish() {
    for entry in entries where !known.contains(entry.name) {
      let next =
        nearest(entry.name, in: known).map { "did you mean `\($0)`?" }
        ?? "its keys are \(known.sorted().map { "`\($0)`" }.joined(separator: ", "))"
      problems.add(entry.mark, "\(title) has no key `\(entry.name)`", next: next)
    }
  }
}

// Values of one shape each. All return nil for an absent key, and nil with the error told for a wrong one.
extension Section {
  func string(_ key: String) -> String? { take(key).flatMap { string($0, key) } }

  func string(_ node: Node, _ key: String) -> String? {
    guard case .scalar(let scalar) = node, !scalar.string.isEmpty else {
      problems.add(node.mark, "`\(key)` of \(title) must be a text", next: "write one value after `\(key):`")
      return nil
    }
    guard scalar.string.utf8.count <= 1000, !scalar.string.unicodeScalars.contains("\0") else {
      problems.add(node.mark, "`\(key)` of \(title) is too long or holds a NUL", next: "at most 1000 bytes")
      return nil
    }
    return scalar.string
  }

  func bool(_ key: String) -> Bool? {
    guard let node = take(key) else { return nil }
    switch node.scalar?.string {
    case "true": return true
    case "false": return false
    default:
      problems.add(node.mark, "`\(key)` of \(title) must be true or false", next: "write `\(key): true` or leave it out")
      return nil
    }
  }

  func integer(_ key: String, in range: ClosedRange<Int>) -> Int? {
    guard let node = take(key) else { return nil }
    guard let text = node.scalar?.string, let value = Int(text), range.contains(value) else {
      problems.add(
        node.mark, "`\(key)` of \(title) must be a whole number from \(range.lowerBound) to \(range.upperBound)",
        next: "write such a number")
      return nil
    }
    return value
  }

  /// Seconds.
  func duration(_ key: String, max: Int = 90 * 86_400) -> Int? {
    guard let node = take(key) else { return nil }
    guard let text = node.scalar?.string, let seconds = DurationText.seconds(text) else {
      problems.add(
        node.mark, "`\(key)` of \(title) must be a duration with its unit", next: "for example 45s, 30m, 8h, 1h30m or 2d")
      return nil
    }
    guard seconds > 0, seconds <= max else {
      problems.add(
        node.mark, "`\(key)` of \(title) is \(text), which is not between 1s and \(DurationText.text(max))",
        next: "write a duration within these bounds")
      return nil
    }
    return seconds
  }

  func bytes(_ key: String) -> Int? {
    guard let node = take(key) else { return nil }
    guard let text = node.scalar?.string, let bytes = ByteCountText.bytes(text), bytes > 0 else {
      problems.add(node.mark, "`\(key)` of \(title) must be a count of bytes", next: "for example 4096, 64kB, 10MB or 1GiB")
      return nil
    }
    return bytes
  }

  /// A list of texts; one text alone is a list of one.
  func strings(_ key: String) -> [(text: String, mark: Mark?)]? {
    guard let node = take(key) else { return nil }
    guard case .sequence(let sequence) = node else {
      guard let one = string(node, key) else { return [] }
      return [(one, node.mark)]
    }
    if sequence.isEmpty {
      problems.add(node.mark, "`\(key)` of \(title) is an empty list", next: "name at least one, or leave the key out")
    }
    return sequence.compactMap { item in string(item, key).map { ($0, item.mark) } }
  }

  /// A list of mappings; one mapping alone is a list of one.
  func list(_ key: String) -> [Node] {
    guard let node = take(key) else { return [] }
    if case .sequence(let sequence) = node { return Array(sequence) }
    return [node]
  }

  func word<Word: RawRepresentable & CaseIterable>(_ key: String, _: Word.Type) -> Word? where Word.RawValue == String {
    guard let node = take(key), let text = string(node, key) else { return nil }
    return word(text, node.mark, key)
  }

  func words<Word: RawRepresentable & CaseIterable>(_ key: String, _: Word.Type) -> [Word]? where Word.RawValue == String {
    strings(key)?.compactMap { word($0.text, $0.mark, key) }
  }

  func word<Word: RawRepresentable & CaseIterable>(_ text: String, _ mark: Mark?, _ key: String) -> Word?
  where Word.RawValue == String {
    if let word = Word(rawValue: text) { return word }
    let all = Word.allCases.map(\.rawValue)
    problems.add(
      mark, "`\(text)` is no `\(key)` of \(title)",
      next: nearest(text, in: all).map { "did you mean `\($0)`?" } ?? "choose from \(all.joined(separator: ", "))")
    return nil
  }

  func principals(_ key: String) -> Principals? {
    guard let node = take(key) else { return nil }
    guard let section = Section(node, "`\(key)` of \(title)", problems) else { return nil }
    let users = section.strings("users") ?? []
    let groups = section.strings("groups") ?? []
    section.finish()
    if users.isEmpty, groups.isEmpty {
      problems.add(node.mark, "`\(key)` of \(title) names nobody", next: "write `users: [...]`, `groups: [...]` or both")
    }
    return Principals(users: users.map(\.text), groups: groups.map(\.text))
  }
}
