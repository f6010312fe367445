/// Turns the relation references of a text into shadows (DESIGN section 9.5).
///
/// It edits the text at the places that the parser gives and leaves alone whatever it does not understand: PostgreSQL's privileges
/// guard the tables, so a wrong translation can fail a statement and cannot leak.
struct Translator {
  /// A masked table in the FROM of a statement, or its target.
  struct Binding {
    var node: Int
    var table: Int
    /// The node of the statement (SELECT, INSERT, UPDATE, DELETE, MERGE) whose FROM or target it is.
    var level: Int
    /// The name that column references use.
    var name: String
    var hasAlias: Bool
    /// Targets, and places where a view will not do.
    var staysOnBase: Bool
    var isTarget: Bool
  }

  let tree: SyntaxTree
  let text: [UInt8]
  let map: ShadowMap
  let scopes: CommonTableScopes
  /// For each node the statement that it belongs to; -1 outside.
  let levels: [Int32]
  var bindings: [Binding] = []
  /// By offset: the parser repeats the source of a multi-column SET, and each place is edited once.
  var edits: [Int: Translation.Edit] = [:]
  var maskedTables: Set<Int> = []
  var maskedColumns: Set<Translation.MaskedColumn> = []
  var assignments: [MaskedAssignment] = []
  var copiesIn: [CopyIn] = []
  var refusals: [TranslationRefusal] = []
  var hints: [TranslationRefusal] = []

  private init(_ parsed: ParsedText, map: ShadowMap) {
    tree = parsed.tree
    text = parsed.text
    scopes = parsed.scopes
    self.map = map
    levels = Self.levels(parsed.tree)
  }

  static func translate(
    _ parsed: ParsedText, map: ShadowMap, path: SearchPath, lookups: inout some LookupSource
  ) -> Translation {
    let mentions = parsed.analysis.statements.contains { $0.relations.contains { map.mayName($0.name) } }
    guard mentions || parsed.executesPrepared else {
      return Translation(
        text: parsed.text, edits: [], maskedTables: [], maskedColumns: [], assignments: [], refusals: [], hints: [],
        original: parsed.text)
    }
    var translator = Self(parsed, map: map)
    translator.forEachStatement(parsed, path) { translator, index, root, path in
      translator.statement(root, path: path)
      translator.replaceLookups(&lookups)
      translator.addHiddenArguments(root, in: parsed.analysis.statements[index].range, &lookups)
      translator.collectMaskedColumns(root)
      translator.collectAssignments()
      translator.hintAboutMaskedColumns(root)
      translator.hintAboutRowLocks()
    }
    return translator.result(parsed.text)
  }

  static func lookups(_ parsed: ParsedText, map: ShadowMap, path: SearchPath) -> [EqualityLookup] {
    var translator = Self(parsed, map: map)
    var found: [EqualityLookup] = []
    translator.forEachStatement(parsed, path) { translator, _, root, path in
      translator.statement(root, path: path)
      for level in Set(translator.bindings.map(\.level)).sorted() { found += translator.lookups(level: level) }
    }
    // The parser repeats the source of a multi-column SET.
    var places: Set<Int> = []
    return found.filter { places.insert($0.range.lowerBound).inserted }.sorted { $0.range.lowerBound < $1.range.lowerBound }
  }

  private mutating func forEachStatement(
    _ parsed: ParsedText, _ path: SearchPath, _ body: (inout Self, Int, Int, SearchPath) -> Void
  ) {
    var path = path
    for (index, root) in parsed.roots.enumerated() {
      body(&self, index, root, path)
      // What comes after it in the same text runs with a path that nobody has asked for yet.
      if parsed.analysis.statements[index].mayChangeSearchPath { path.schemas = nil }
    }
  }

  private func result(_ original: [UInt8]) -> Translation {
    let ordered = edits.values.sorted { $0.offset < $1.offset }
    return Translation(
      text: Translation.applying(ordered, to: original), edits: ordered, maskedTables: maskedTables, maskedColumns: maskedColumns,
      assignments: assignments,
      copiesIn: copiesIn, refusals: refusals, hints: hints, original: original)
  }

  private mutating func statement(_ root: Int, path: SearchPath) {
    bindings.removeAll(keepingCapacity: true)
    let stored = storedDefinitions(root)
    for index in tree.subtree(root) where tree.nodes[index].kind == .rangeVar {
      bind(index, path: path, stored: stored)
    }
    guard !bindings.isEmpty else { return }
    chooseBases(root)
    for binding in bindings where !binding.staysOnBase { readShadow(binding) }
    qualifyColumns(root)
    expandReturning(root)
    groupByKey(root)
  }

  private static func levels(_ tree: SyntaxTree) -> [Int32] {
    var levels = [Int32](repeating: -1, count: tree.nodes.count)
    for index in tree.nodes.indices {
      switch tree.nodes[index].kind {
      case .selectStmt, .insertStmt, .updateStmt, .deleteStmt, .mergeStmt: levels[index] = Int32(index)
      default: if index > 0 { levels[index] = levels[Int(tree.nodes[index].parent)] }
      }
    }
    return levels
  }

  /// The statement around the statement `level`; nil at the top.
  func outer(_ level: Int) -> Int? {
    let parent = Int(tree.nodes[level].parent)
    guard parent >= 0, levels[parent] >= 0 else { return nil }
    return Int(levels[parent])
  }

  /// Definitions that outlive the statement. They keep the tables' names: a stored reference to a shadow would stand in the way of
  /// rebuilding it, and reading one that names the table is PostgreSQL's to refuse.
  private func storedDefinitions(_ root: Int) -> [Range<Int>] {
    tree.subtree(root).compactMap { index in
      switch tree.nodes[index].kind {
      case .viewStmt, .ruleStmt, .createFunctionStmt, .createPolicyStmt, .alterPolicyStmt, .createTrigStmt: tree.subtree(index)
      case .createTableAsStmt: tree.hasText(index, .objtype, "OBJECT_MATVIEW") ? tree.subtree(index) : nil
      default: nil
      }
    }
  }

  private mutating func bind(_ index: Int, path: SearchPath, stored: [Range<Int>]) {
    guard let place = RelationPass.place(tree, index), let name = tree.text(index, .relname), map.mayName(name) else { return }
    let parent = Int(tree.nodes[index].parent)
    let isLocked = tree.nodes[parent].kind == .list && tree.nodes[Int(tree.nodes[parent].parent)].kind == .lockStmt
    guard place != .define || isLocked, let table = resolve(index, name, place, path) else { return }
    let offset = Int(tree.nodes[index].location)
    if isLocked {
      hints.append(
        TranslationRefusal(
          .lockTable, message: "LOCK TABLE needs rights on the whole of \"\(name)\", which has masked columns",
          next: "lock the rows: SELECT ... FOR UPDATE", offset: offset))
      return
    }
    if stored.contains(where: { $0.contains(index) }) {
      hints.append(
        TranslationRefusal(
          .storedDefinition, message: "a stored definition keeps the name of \"\(name)\", which has masked columns",
          next: "name only columns that are not masked, or use CREATE TEMP TABLE ... AS SELECT", offset: offset))
      return
    }
    if tree.nodes[parent].kind == .copyStmt {
      if place == .read {
        copyOut(parent, relation: index, table: table)
      } else {
        hintAboutCopyIn(parent, table, offset)
        if let copy = copyIn(parent, table: table) { copiesIn.append(copy) }
      }
      return
    }
    // TRUNCATE has no columns to translate.
    guard levels[index] >= 0 else { return }
    let alias = tree.child(index, .alias).flatMap { tree.text($0, .aliasname) }
    bindings.append(
      Binding(
        node: index, table: table, level: Int(levels[index]), name: alias ?? name, hasAlias: alias != nil,
        staysOnBase: place == .write, isTarget: place == .write))
  }

  private mutating func resolve(
    _ index: Int, _ name: String, _ place: RelationReference.Access, _ path: SearchPath
  ) -> Int? {
    if let schema = tree.text(index, .schemaname) { return map.table(schema: schema, name: name) }
    if place == .read {
      var comparisons = 0
      // The analysis has made the same look-ups within the bound.
      guard let isHidden = try? scopes.hides(name, at: index, comparisons: &comparisons), !isHidden else { return nil }
    }
    switch map.resolve(name, path: path) {
    case .masked(let table): return table
    case .unmasked: return nil
    case .unknown:
      if place != .write {
        hints.append(
          TranslationRefusal(
            .unknownPath, message: "the search path was not known when \"\(name)\" was read",
            next: "write the name with its schema, or send the statement by itself", offset: Int(tree.nodes[index].location)))
      }
      return nil
    }
  }

  mutating func edit(_ range: Range<Int>, _ inserted: String) {
    // A star or a quoted name may touch the words around it (`RETURNING*`).
    func meet(_ left: UInt8?, _ right: UInt8?) -> Bool {
      guard let left, let right else { return false }
      return LexicalSkip.isIdentifier(left) && LexicalSkip.isIdentifier(right)
    }
    let before = range.lowerBound > 0 ? text[range.lowerBound - 1] : nil
    let after = range.upperBound < text.count ? text[range.upperBound] : nil
    let spaced = (meet(before, inserted.utf8.first) ? " " : "") + inserted + (meet(inserted.utf8.last, after) ? " " : "")
    edits[range.lowerBound] = Translation.Edit(offset: range.lowerBound, removed: range.count, inserted: spaced)
  }

  /// Puts the shadow's schema before the name, or in place of the schema that is there.
  private mutating func readShadow(_ binding: Binding) {
    let offset = Int(tree.nodes[binding.node].location)
    guard offset >= 0 else { return }
    let scanned = NameScanner(text, at: offset)
    let isQualified = tree.child(binding.node, .schemaname) != nil
    let expected = 1 + (isQualified ? 1 : 0) + (tree.child(binding.node, .catalogname) != nil ? 1 : 0)
    guard scanned.parts.count == expected else { return }
    let schema = quotedName(map.tables[binding.table].shadowSchema)
    if isQualified {
      edit(scanned.parts[expected - 2], schema)
    } else {
      edit(offset..<offset, schema + ".")
    }
    maskedTables.insert(binding.table)
  }
}

extension ParsedText {
  /// The text with masked tables read through their shadows.
  ///
  /// - Parameters:
  ///   - map: the masked tables of the session's database.
  ///   - path: how the server resolves unqualified names now; they are left alone while it is unknown.
  public func translated(by map: ShadowMap, path: SearchPath) -> Translation {
    var none = NoLookups()
    return Translator.translate(self, map: map, path: path, lookups: &none)
  }
}
