/// `RETURNING *` of a masked table: the same columns, masked ones as typed NULLs; and `RETURNING email` likewise. The target stays on
/// the table, where both would ask for columns that the role may not read. What the client itself is returned is named so that it can be
/// told which columns these are (`ReturnedColumn`); within WITH others go by the name. `old` and `new` are the row before and after (18
/// and newer; older servers know no such names).
extension Translator {
  mutating func expandReturning(_ root: Int) {
    for target in bindings where target.isTarget {
      let isTold = target.level == root || tree.nodes[root].kind == .prepareStmt && Int(tree.nodes[target.level].parent) == root
      for item in tree.list(target.level, .returningList) {
        guard let reference = tree.child(item, .val), tree.nodes[reference].kind == .columnRef else { continue }
        let fields = tree.list(reference, .fields)
        guard let last = fields.last, tree.nodes[reference].location >= 0 else { continue }
        let offset = Int(tree.nodes[reference].location)
        guard tree.nodes[last].kind == .aStar else {
          returnNull(item, reference, of: target, offset, isTold: isTold)
          continue
        }
        let qualifiers = fields.dropLast().compactMap { tree.text($0) }
        if qualifiers.isEmpty {
          guard let others = otherItems(target.level) else {
            refuseStar(target, offset)
            continue
          }
          edit(
            offset..<(offset + 1),
            ([columns(of: target, as: target.name, isTold: isTold)] + others.map { quotedName($0) + ".*" }).joined(
              separator: ", "))
        } else if let row = row(of: target, qualifiers) {
          let scanned = NameScanner(text, at: offset)
          // PostgreSQL reads a label behind a star, and means nothing by it.
          guard scanned.endsInStar, let end = labelEnd(tree.text(item, .name), from: scanned.end) else { continue }
          edit(offset..<end, columns(of: target, as: row, isTold: isTold))
        }
      }
    }
  }

  /// A masked column by itself.
  private mutating func returnNull(_ item: Int, _ reference: Int, of target: Binding, _ offset: Int, isTold: Bool) {
    guard let names = tree.names(reference, .fields), let name = names.last,
      let column = map.tables[target.table].columns.first(where: { $0.name == name && $0.isMasked }),
      names.count == 1 ? isAlone(target) : row(of: target, names.dropLast()) != nil
    else { return }
    let scanned = NameScanner(text, at: offset)
    guard scanned.parts.count == names.count, !scanned.endsInStar, let closed = closed(item, offset, from: scanned.end) else {
      return
    }
    let alias = tree.text(item, .name)
    let null = column.null + String(decoding: text[scanned.end..<closed], as: UTF8.self)
    if let told = isTold ? self.name(of: column, in: target, alias: alias) : nil, let end = labelEnd(alias, from: closed) {
      edit(offset..<end, "\(null) AS \(quotedName(told))")
    } else {
      edit(offset..<closed, null + (alias == nil ? " AS \(quotedName(name))" : ""))
    }
  }

  /// Where the parentheses end that an output has around its column; the column's end without any.
  private func closed(_ item: Int, _ column: Int, from end: Int) -> Int? {
    var (opening, at) = (Int(tree.nodes[item].location), end)
    guard opening >= 0 else { return end }
    while opening < column {
      guard text[opening] == UInt8(ascii: "(") else { return nil }
      opening = LexicalSkip.blanks(text.span, from: opening + 1)
      at = LexicalSkip.blanks(text.span, from: at)
      guard at < text.count, text[at] == UInt8(ascii: ")") else { return nil }
      at += 1
    }
    return at
  }

  private func columns(of target: Binding, as row: String, isTold: Bool) -> String {
    map.tables[target.table].columns.map { column in
      let name = quotedName(column.name)
      guard column.isMasked else { return "\(quotedName(row)).\(name)" }
      let told = isTold ? self.name(of: column, in: target, alias: nil).map(quotedName) : nil
      return "\(column.null) AS \(told ?? name)"
    }.joined(separator: ", ")
  }

  private func name(of column: ShadowMap.Column, in target: Binding, alias: String?) -> String? {
    let table = map.tables[target.table].oid
    guard table != 0, column.number > 0 else { return nil }
    return ReturnedColumn(table: table, number: column.number, alias: alias).name
  }

  /// Where an output's `AS name` or `name` ends that follows the column.
  private func labelEnd(_ alias: String?, from end: Int) -> Int? {
    guard alias != nil else { return end }
    var label = NameScanner(text, at: LexicalSkip.blanks(text.span, from: end))
    if label.parts.count == 1, text[label.parts[0]].map({ $0 | 0x20 }) == Array("as".utf8) {
      label = NameScanner(text, at: LexicalSkip.blanks(text.span, from: label.end))
    }
    return label.parts.count == 1 ? label.end : nil
  }

  /// The name of a target's row that stands before a column or a star in RETURNING: the target's own, or `old` and `new` where nothing
  /// else has that name.
  func row(of target: Binding, _ qualifiers: some BidirectionalCollection<String>) -> String? {
    guard let name = qualifiers.last else { return nil }
    if name == target.name { return name }
    guard qualifiers.count == 1, ["old", "new"].contains(name), let others = otherItems(target.level), !others.contains(name)
    else { return nil }
    return name
  }

  /// The names of what FROM or USING adds to a star, in order; nil when one has no name or a join merges columns.
  private func otherItems(_ level: Int) -> [String]? {
    var waiting = Array((tree.list(level, .fromClause) + tree.list(level, .usingClause)).reversed())
    var names: [String] = []
    while let item = waiting.popLast() {
      if let alias = tree.child(item, .alias).flatMap({ tree.text($0, .aliasname) }) {
        names.append(alias)
        continue
      }
      switch tree.nodes[item].kind {
      case .rangeVar: names.append(tree.text(item, .relname) ?? "")
      case .rangeTableSample: if let relation = tree.child(item, .relation) { waiting.append(relation) }
      case .joinExpr:
        guard !tree.isSet(item, .isNatural), tree.child(item, .usingClause) == nil, let left = tree.child(item, .larg),
          let right = tree.child(item, .rarg)
        else { return nil }
        waiting += [right, left]
      default: return nil
      }
    }
    return names
  }

  private mutating func refuseStar(_ target: Binding, _ offset: Int) {
    refusals.append(
      TranslationRefusal(
        .returningStar, message: "RETURNING * of \"\(map.tables[target.table].table)\" with this FROM cannot be masked",
        next: "name the columns to return", offset: offset))
  }
}
