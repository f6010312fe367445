/// What names can mean at one place of a statement, as far as masked columns go.
struct OriginScope {
  /// A masked column that a value comes from.
  struct Source: Equatable {
    /// `schema.table`.
    var table: String
    var column: String
    /// A join has merged it with another.
    var isMerged = false

    var name: String { "\(table).\(column)" }
  }

  struct Column: Equatable {
    /// Nil where the parser gives none.
    var name: String?
    /// Nil for what is not masked.
    var source: Source?
  }

  /// Something in a FROM, or the target of a statement.
  struct Item {
    /// The alias, or the relation's own name.
    var name: String?
    /// In order; of relations that have no masked columns not known, and so empty.
    var columns: [Column]
    /// Whether `columns` is all there is.
    var isKnown: Bool

    var masked: Source? { columns.lazy.compactMap(\.source).first }

    /// With the names of an alias's column list.
    func renamed(_ names: [String]) -> Item {
      var item = self
      for (index, name) in names.enumerated() where item.columns.indices.contains(index) { item.columns[index].name = name }
      return item
    }
  }

  enum Meaning: Equatable {
    case free
    case column(Source)
    /// The whole row of a relation with masked columns.
    case wholeRow(Source)
  }

  /// Innermost first.
  var levels: [[Item]]
  /// The columns of the common table expressions that can be seen.
  var expressions: [String: [Column]]

  func inner(_ items: [Item]) -> OriginScope { OriginScope(levels: [items] + levels, expressions: expressions) }

  /// What a column reference means, its names from left to right. Fails closed: a name that a masked relation does not know may be a
  /// function of its rows, or a column that was added since.
  func meaning(_ names: [String]) -> Meaning {
    guard let name = names.last else { return .free }
    if names.count > 1 {
      let relation = names[names.count - 2]
      guard let item = item(named: relation) else { return .free }
      if let column = item.columns.first(where: { $0.name == name }) { return column.source.map(Meaning.column) ?? .free }
      guard let masked = item.masked, !Self.systemColumns.contains(name) else { return .free }
      return .wholeRow(masked)
    }
    for level in levels {
      for item in level {
        if let column = item.columns.first(where: { $0.name == name }) { return column.source.map(Meaning.column) ?? .free }
      }
    }
    return item(named: name)?.masked.map(Meaning.wholeRow) ?? .free
  }

  func item(named name: String) -> Item? {
    for level in levels {
      if let item = level.first(where: { $0.name == name }) { return item }
    }
    return nil
  }

  /// The columns of `*`, or of `name.*`.
  func star(_ name: String?) -> [Column] {
    guard let name else { return levels.first.map { $0.flatMap(\.columns) } ?? [] }
    return item(named: name)?.columns ?? []
  }

  private static let systemColumns: Set<String> = ["ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"]
}
