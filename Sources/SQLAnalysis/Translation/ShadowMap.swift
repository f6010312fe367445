/// The masked tables of a session's database and the views that show them masked (DESIGN section 9.2).
public struct ShadowMap: Sendable, Equatable {
  public struct Name: Sendable, Hashable {
    public var schema: String
    public var name: String

    public init(schema: String, name: String) {
      self.schema = schema
      self.name = name
    }
  }

  public struct Table: Sendable, Equatable {
    public var schema: String
    public var table: String
    /// The schema of the view; the view has the table's name.
    public var shadowSchema: String
    /// All columns in the table's order.
    public var columns: [Column]
    /// Names of the primary key's columns; empty without one.
    public var primaryKey: [String]
    /// 0 where it is not known: then nothing is said of where returned NULLs come from.
    public var oid: UInt32

    public init(
      schema: String, table: String, shadowSchema: String, columns: [Column], primaryKey: [String] = [], oid: UInt32 = 0
    ) {
      self.oid = oid
      self.schema = schema
      self.table = table
      self.shadowSchema = shadowSchema
      self.columns = columns
      self.primaryKey = primaryKey
    }
  }

  public struct Column: Sendable, Equatable {
    public var name: String
    /// The type as `format_type` prints it; becomes SQL text as it stands.
    public var type: String
    public var isMasked: Bool
    /// `GENERATED ALWAYS AS (...) STORED`: COPY of the table without a column list leaves it out.
    public var isGenerated: Bool
    /// Policy lets rows be found by the whole value of this masked column.
    public var isLookedUp: Bool
    /// Whether its type has an equality that GROUP BY can use; `json` and `point` have none.
    public var isGroupable: Bool
    /// `pg_attribute.attnum`; 0 where it is not known.
    public var number: Int16

    /// NULL of its type. A cast would run a domain's checks: so what is not PostgreSQL's own is the first element of no elements.
    var null: String { type.contains(".") && !type.hasSuffix("[]") ? "('{}'::\(type)[])[1]" : "NULL::\(type)" }

    public init(
      name: String, type: String, isMasked: Bool, isGenerated: Bool = false, isLookedUp: Bool = false, isGroupable: Bool = true,
      number: Int16 = 0
    ) {
      self.number = number
      self.name = name
      self.type = type
      self.isMasked = isMasked
      self.isGenerated = isGenerated
      self.isLookedUp = isLookedUp
      self.isGroupable = isGroupable
    }
  }

  public let tables: [Table]
  /// Relations that bear a masked table's name in another schema: where the search path meets one first, the name means it.
  public let unmaskedSameNames: Set<Name>
  private let indices: [Name: Int]
  /// Names of masked tables in any schema: what is not here needs no look-up.
  private let maskedNames: Set<String>

  public init(_ tables: [Table], unmaskedSameNames: Set<Name> = []) {
    self.tables = tables
    self.unmaskedSameNames = unmaskedSameNames
    indices = Dictionary(
      tables.enumerated().map { (Name(schema: $1.schema, name: $1.table), $0) }, uniquingKeysWith: { first, _ in first })
    maskedNames = Set(tables.map(\.table))
  }

  func table(schema: String, name: String) -> Int? { indices[Name(schema: schema, name: name)] }

  /// Whether some masked table has this name.
  func mayName(_ name: String) -> Bool { maskedNames.contains(name) }

  /// What an unqualified name means, as `RelnameGetRelid` finds it (src/backend/catalog/namespace.c).
  func resolve(_ name: String, path: SearchPath) -> Resolution {
    guard mayName(name) else { return .unmasked }
    guard let schemas = path.schemas else { return .unknown }
    let isTemporary = path.temporaryRelations.contains(name)
    // pg_temp and pg_catalog are searched first, in this order, unless the path names them.
    if isTemporary, !schemas.contains(where: Self.isTemporary) { return .unmasked }
    for schema in schemas {
      if Self.isTemporary(schema) {
        if isTemporary { return .unmasked }
        continue
      }
      if let index = table(schema: schema, name: name) { return .masked(index) }
      if unmaskedSameNames.contains(Name(schema: schema, name: name)) { return .unmasked }
    }
    return .unmasked
  }

  enum Resolution: Equatable {
    case masked(Int)
    case unmasked
    /// The path is not known, and the name may be a masked table's.
    case unknown
  }

  private static func isTemporary(_ schema: String) -> Bool { schema == "pg_temp" || schema.hasPrefix("pg_temp_") }
}

/// How the server resolves unqualified names in the session just now.
public struct SearchPath: Sendable, Hashable {
  /// The schemas in order, as `current_schemas(true)` gives them; nil while not known.
  public var schemas: [String]?
  /// Names of the session's temporary relations.
  public var temporaryRelations: Set<String>

  public init(schemas: [String]?, temporaryRelations: Set<String> = []) {
    self.schemas = schemas
    self.temporaryRelations = temporaryRelations
  }

  public static let unknown = SearchPath(schemas: nil)
}
