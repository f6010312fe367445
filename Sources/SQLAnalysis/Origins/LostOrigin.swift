/// A place where a text would have a masked column's value answered, or kept, without PostgreSQL saying where it comes from: there is
/// nothing left by which it could be masked on the wire (docs/masking.md, "Best effort").
public struct LostOrigin: Sendable, Equatable {
  public enum Form: String, Sendable, Equatable, CaseIterable {
    /// An expression over the column in a list of outputs.
    case expression
    /// The whole row: `u`, `row_to_json(u)`, `ROW(u.*)`.
    case wholeRow = "whole_row"
    /// UNION, INTERSECT and EXCEPT: their columns are nobody's.
    case setOperation = "set_operation"
    /// A column that a join merges: `USING`, `NATURAL`.
    case mergedColumn = "merged_column"
    /// COPY ... TO: its data bears no columns.
    case copy
    /// Written into another column, another table or a view.
    case stored
    /// Nested more deeply than is looked into.
    case tooDeep = "too_deep"
  }

  public var form: Form
  /// `schema.table.column`, or the table alone for a whole row; empty where nothing could be looked into.
  public var column: String
  /// UTF-8 byte offset in the text.
  public var offset: Int
}

extension LostOrigin {
  /// What is refused, in a sentence.
  public var message: String {
    switch form {
    case .expression: "\(column) is masked by its origin, and an expression has none"
    case .wholeRow: "a whole row of \(column) has masked columns, and no origin"
    case .setOperation: "\(column) is masked by its origin, and the columns of UNION, INTERSECT and EXCEPT have none"
    case .mergedColumn: "\(column) is masked by its origin, and a column merged by a join may have none"
    case .copy: "\(column) is masked by its origin, and the data of COPY has none"
    case .stored:
      column.isEmpty
        ? "what a prepared statement answers would be written where it is not masked"
        : "\(column) would be written where it is not masked"
    case .tooDeep: "the statement names masked tables and is nested too deeply to be looked into"
    }
  }

  /// What to write instead.
  public var next: String {
    switch form {
    case .expression: "select the column by itself, or leave it out; conditions (WHERE, JOIN, ORDER BY) may use it"
    case .wholeRow: "name the columns, each by itself"
    case .setOperation: "run the parts as statements of their own"
    case .mergedColumn: "write the column with its table's name, and join with ON"
    case .copy: "use SELECT, or psql's \\copy (SELECT ...) TO with columns that are not masked"
    case .stored: "leave the masked columns out"
    case .tooDeep: "write it with fewer levels of subqueries"
    }
  }
}

extension ParsedText {
  /// Where masked values would leave without an origin, as far as the text itself shows it; what functions, views and dynamic SQL do is
  /// not in the text.
  ///
  /// Names are compared without the search path: an unqualified name that some masked table bears counts as that table.
  public func lostOrigins(_ map: ShadowMap) -> [LostOrigin] {
    var pass = OriginPass(tree: tree, map: map)
    for (index, root) in roots.enumerated()
    where analysis.statements[index].relations.contains(where: { map.mayName($0.name) })
      || analysis.statements[index].classes.contains(.execute)
    {
      pass.top(root)
    }
    return pass.lost
  }
}
