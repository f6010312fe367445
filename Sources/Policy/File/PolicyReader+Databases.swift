import Yams

extension PolicyReader {
  /// `databases:`: the databases that are governed, with their masks.
  func databases(_ root: Section) -> [DatabaseRules] {
    guard let node = root.required("databases", next: "name the databases that scopes are for: `databases:`"),
      let section = Section(node, "`databases`", problems)
    else { return [] }
    return section.named().compactMap { name, mark, node in
      if name == "issuer" || name == "template0" || name == "template1" {
        problems.add(mark, "the database \(name) cannot be governed", next: "name a database of your applications")
      }
      guard name.utf8.count <= 63, !name.isEmpty else {
        problems.add(mark, "a database's name has 1 to 63 bytes", next: "write its name as PostgreSQL has it")
        return nil
      }
      // `shop:` without anything is a database without masks.
      if case .scalar(let scalar) = node, scalar.string.isEmpty { return DatabaseRules(name: name, masks: [], trusted: []) }
      guard let entry = Section(node, "database \(name)", problems) else { return nil }
      let masks = masks(entry)
      let trusted = trusted(entry)
      entry.refuse(
        "lookup", because: "equality look-ups belong to one masked column",
        next: "write them with the column's mask: `public.users.email: {mask: email, lookup: equality}`")
      entry.finish()
      return DatabaseRules(name: name, masks: masks, trusted: trusted)
    }
  }

  private func masks(_ database: Section) -> [MaskLabel] {
    guard let node = database.take("masks"), let section = Section(node, "`masks` of \(database.title)", problems) else {
      return []
    }
    return section.named().compactMap { column, mark, node in
      if let paths = jsonPaths(column, node) { return paths.isEmpty ? nil : jsonLabel(column, mark, paths) }
      guard let (word, lookup) = maskAndLookup(column, node) else { return nil }
      let isFree = word == "free"
      let kind: MaskKind? = isFree ? nil : section.word(word, node.mark, "mask")
      if !isFree, kind == nil { return nil }
      guard var label = label(column, mark) else { return nil }
      label.kind = kind
      label.rule = "\(column): \(word)"
      if lookup == .equality {
        label.lookup = .equality
        refuseUnsafeLookup(label, column, node.mark)
      }
      if isFree, !label.isExact {
        problems.add(
          mark, "only a column named exactly can be `free`: `\(column)` would unmask what is added later",
          next: "name each free column as schema.table.column")
      }
      return label
    }
  }

  /// `{json: {"$.user.email": email}}`; nil when the label is of another form, empty with the error told when it is wrong.
  private func jsonPaths(_ column: String, _ node: Node) -> [JSONPathMask]? {
    guard case .mapping(let mapping) = node, mapping["json"] != nil,
      let entry = Section(node, "the mask of \(column)", problems)
    else { return nil }
    let inner = entry.take("json").flatMap { Section($0, "`json` of the mask of \(column)", problems) }
    entry.finish()
    guard let inner else { return [] }
    let named = inner.named()
    if named.isEmpty {
      problems.add(inner.mark, "\(inner.title) has no paths", next: "write for example `{json: {\"$.user.email\": email}}`")
    }
    return named.compactMap { text, mark, node in
      let steps = JSONPathMask.steps(text)
      if steps == nil {
        problems.add(
          mark, "`\(text)` is no path into a JSON value", next: "write keys and array steps: `$.user.email`, `$.items[*].card`")
      }
      let kind = inner.string(node, text).flatMap { inner.word($0, node.mark, "mask") as MaskKind? }
      guard let steps, let kind else { return nil }
      guard JSONPathMask.kinds.contains(kind) else {
        problems.add(
          node.mark, "the mask `\(kind.rawValue)` cannot be used inside a JSON value",
          next: "choose from \(JSONPathMask.kinds.map(\.rawValue).joined(separator: ", "))")
        return nil
      }
      return JSONPathMask(steps: steps, kind: kind)
    }
  }

  private func jsonLabel(_ column: String, _ mark: Mark?, _ paths: [JSONPathMask]) -> MaskLabel? {
    guard var label = label(column, mark) else { return nil }
    label.kind = .partial
    label.options = MaskOptions(paths: paths)
    label.rule = "\(column): json"
    return label
  }

  /// `email`, or `{mask: email, lookup: equality}`.
  private func maskAndLookup(_ column: String, _ node: Node) -> (word: String, lookup: LookupKind)? {
    if case .scalar(let scalar) = node { return (scalar.string, .none) }
    guard let entry = Section(node, "the mask of \(column)", problems) else { return nil }
    let word = entry.required("mask", next: "such as `mask: redact`").flatMap { entry.string($0, "mask") }
    let lookup = entry.word("lookup", LookupKind.self) ?? .none
    entry.finish()
    return word.map { ($0, lookup) }
  }

  /// What would make a look-up a dictionary: few values, or none that one may know. Types that only the database knows are looked
  /// at when a scope is compiled.
  private func refuseUnsafeLookup(_ label: MaskLabel, _ column: String, _ mark: Mark?) {
    let why: String
    switch label.kind {
    case nil: why = "the column is free, so it can be compared as it is"
    case .deny: why = "`deny` lets nobody ask about the column at all"
    case .year, .month, .bucket: why = "dates and numbers have so few values that asking often enough would tell each of them"
    case .redact, .partial, .email, .last4, .hash, .null:
      if label.typePattern == nil { return }
      why = "it is for columns that somebody has looked at, and this names a type"
    }
    problems.add(mark, "`lookup: equality` does not go with the mask of \(column): \(why)", next: "take `lookup` away")
  }

  /// `schema.table.column` or `table.column`, each with wildcards, or `type:NAME`.
  private func label(_ text: String, _ mark: Mark?) -> MaskLabel? {
    let any = NamePattern("*")
    if text.hasPrefix("type:") {
      let type = String(text.dropFirst(5)).trimmedBlanks
      guard !type.isEmpty, type != "*" else {
        problems.add(mark, "`\(text)` names no type", next: "write `type:NAME`, as PostgreSQL prints the type")
        return nil
      }
      return MaskLabel(schema: any, table: any, column: any, typePattern: NamePattern(type), kind: nil, rule: text)
    }
    guard let parts = QualifiedName.split(text), (2...3).contains(parts.count) else {
      problems.add(
        mark, "`\(text)` names no column", next: "write schema.table.column, table.column, or type:NAME; `*` is any run")
      return nil
    }
    let patterns = parts.map { NamePattern($0) }
    return MaskLabel(
      schema: parts.count == 3 ? patterns[0] : any, table: patterns[parts.count - 2], column: patterns[parts.count - 1],
      typePattern: nil, kind: nil, rule: text)
  }

  private func trusted(_ database: Section) -> [TrustedEntry] {
    database.list("trusted").compactMap { node in
      guard let entry = Section(node, "an entry under `trusted` of \(database.title)", problems) else { return nil }
      let kind = entry.string("kind")
      let object = entry.required("object", next: "name the object as the finding does").flatMap { entry.string($0, "object") }
      let reason = entry.required("reason", next: "say why it is harmless, for the next reader").flatMap {
        entry.string($0, "reason")
      }
      entry.finish()
      guard let object, let reason else { return nil }
      if !object.contains(where: { $0 != "*" && $0 != "?" }) {
        problems.add(entry.mark(of: "object"), "a trusted entry cannot cover everything", next: "name the object")
      }
      return TrustedEntry(kind: kind, object: NamePattern(object), reason: reason)
    }
  }
}

extension String {
  var trimmedBlanks: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}

/// Dotted names whose parts can be quoted as in SQL: `public."Order Lines".email`.
enum QualifiedName {
  /// - Returns: nil for an empty part or an unfinished quote. Unquoted parts are not folded: policy names things as they are stored.
  static func split(_ text: String) -> [String]? {
    var parts: [String] = []
    var part = ""
    var isQuoted = false
    var wasQuoted = false
    for character in text {
      switch character {
      case "\"" where part.isEmpty && !isQuoted && !wasQuoted:
        isQuoted = true
      case "\"" where isQuoted:
        (isQuoted, wasQuoted) = (false, true)
      case "\"" where wasQuoted:
        part.append("\"")
        (isQuoted, wasQuoted) = (true, false)
      case "." where !isQuoted:
        if part.isEmpty { return nil }
        parts.append(part)
        (part, wasQuoted) = ("", false)
      default:
        if wasQuoted { return nil }
        part.append(character)
      }
    }
    if part.isEmpty || isQuoted { return nil }
    return parts + [part]
  }
}
