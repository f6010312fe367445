/// `RETURNING *` of a masked table: the same columns, masked ones as typed NULLs; and `RETURNING email` likewise. The target stays on
/// the table, where both would ask for columns that the role may not read.
extension Translator {
  mutating func expandReturning(_ root: Int) {
    for target in bindings where target.isTarget {
      for item in tree.list(target.level, .returningList) {
        guard let reference = tree.child(item, .val), tree.nodes[reference].kind == .columnRef else { continue }
        let fields = tree.list(reference, .fields)
        guard let last = fields.last, tree.nodes[reference].location >= 0 else { continue }
        let offset = Int(tree.nodes[reference].location)
        guard tree.nodes[last].kind == .aStar else {
          returnNull(item, reference, of: target, offset)
          continue
        }
        let qualifiers = fields.dropLast().compactMap { tree.text($0) }
        if qualifiers.isEmpty {
          guard let others = otherItems(target.level) else {
            refuseStar(target, offset)
            continue
          }
          edit(offset..<(offset + 1), ([columns(of: target)] + others.map { quotedName($0) + ".*" }).joined(separator: ", "))
        } else if qualifiers.last == target.name {
          let scanned = NameScanner(text, at: offset)
          guard scanned.endsInStar else { continue }
          edit(offset..<scanned.end, columns(of: target))
        }
      }
    }
  }

  /// A masked column by itself.
  private mutating func returnNull(_ item: Int, _ reference: Int, of target: Binding, _ offset: Int) {
    guard let names = tree.names(reference, .fields), let name = names.last,
      let column = map.tables[target.table].columns.first(where: { $0.name == name && $0.isMasked }),
      names.count == 1 ? isAlone(target) : names[names.count - 2] == target.name
    else { return }
    let scanned = NameScanner(text, at: offset)
    guard scanned.parts.count == names.count, !scanned.endsInStar else { return }
    edit(offset..<scanned.end, "NULL::\(column.type)" + (tree.child(item, .name) == nil ? " AS \(quotedName(name))" : ""))
  }

  private func columns(of target: Binding) -> String {
    map.tables[target.table].columns.map { column in
      let name = quotedName(column.name)
      return column.isMasked ? "NULL::\(column.type) AS \(name)" : "\(quotedName(target.name)).\(name)"
    }.joined(separator: ", ")
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
