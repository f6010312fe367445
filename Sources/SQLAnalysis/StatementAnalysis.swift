/// What the parser and the passes over its tree say of one query text (which may hold several statements).
public struct StatementAnalysis: Sendable, Equatable {
  /// The statements of the text, in order. Empty for a text of blanks and comments.
  public var statements: [StatementFacts]

  public init(statements: [StatementFacts]) { self.statements = statements }

  /// The classes of all statements together.
  public var classes: Set<StatementClass> {
    statements.reduce(into: []) { $0.formUnion($1.classes) }
  }
}

/// One statement of a text.
public struct StatementFacts: Sendable, Equatable {
  /// UTF-8 byte offsets into the query text.
  public var range: Range<Int>
  /// PostgreSQL's command tag form, such as `DROP TABLE` or `SELECT`; for people, never for decisions.
  public var tag: String
  /// Everything that the statement does, nested statements (WITH, EXPLAIN, PREPARE, cursors) included.
  public var classes: Set<StatementClass>
  /// Every place that names a relation, in the order of the text.
  public var relations: [RelationReference]
  /// Functions called by name, unqualified part folded as PostgreSQL does, in the order of the text.
  public var functions: [String]
  /// After this statement the session's search_path and temporary relations must be asked for again.
  ///
  /// True of everything that may set the path or change what an unqualified name means: SET, RESET, DISCARD, ROLLBACK, DO, CALL,
  /// EXECUTE, LOAD, changes of role, `set_config` and functions that run a text, and definitions of schemas and relations. A user's own
  /// function that sets the path for the session is not seen; names resolved by a stale path can make a statement fail, never leak,
  /// since the privileges are PostgreSQL's.
  public var mayChangeSearchPath: Bool
  /// The statement ends or may end a transaction, so that what `SET LOCAL` (or a definition, on ROLLBACK) did in it is undone: a
  /// session that saw `mayChangeSearchPath` in this transaction asks again.
  public var endsTransaction: Bool

  public init(
    range: Range<Int>, tag: String, classes: Set<StatementClass>, relations: [RelationReference] = [], functions: [String] = [],
    mayChangeSearchPath: Bool = false, endsTransaction: Bool = false
  ) {
    self.range = range
    self.tag = tag
    self.classes = classes
    self.relations = relations
    self.functions = functions
    self.mayChangeSearchPath = mayChangeSearchPath
    self.endsTransaction = endsTransaction
  }
}

/// A place in the text that names a table, view or the like (not a CTE, which is resolved away).
public struct RelationReference: Sendable, Equatable {
  public enum Access: String, Sendable, Equatable, Codable { case read, write, define }
  public var catalog: String?
  public var schema: String?
  public var name: String
  /// UTF-8 byte offset of the first character of the (qualified) name in the query text; the statement's first byte where the
  /// parser keeps no position (DROP, COMMENT).
  public var offset: Int
  public var access: Access

  public init(catalog: String? = nil, schema: String? = nil, name: String, offset: Int, access: Access) {
    self.catalog = catalog
    self.schema = schema
    self.name = name
    self.offset = offset
    self.access = access
  }
}

/// Why a text could not be analysed.
public struct ParseFailure: Error, Sendable, Equatable {
  public enum Reason: String, Sendable, Equatable {
    /// PostgreSQL's grammar refuses it: answer 42601 with `message` and `position`.
    case syntax
    /// Longer than the configured ceiling: 54000.
    case tooLong
    /// Nested or chained beyond what the parser's stack bears: 54001.
    case tooComplex
    /// Not valid UTF-8, or with a NUL: 22021.
    case encoding
  }
  public var reason: Reason
  public var message: String
  /// 1-based position in characters, as PostgreSQL's `P` field.
  public var position: Int?

  public init(reason: Reason, message: String, position: Int? = nil) {
    self.reason = reason
    self.message = message
    self.position = position
  }
}
