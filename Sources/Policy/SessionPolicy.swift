import SQLAnalysis

/// What the proxy enforces in one session: the part of policy that a lease carries. The issuer makes it when a login succeeds; the
/// proxy holds no policy file.
public struct SessionPolicy: Sendable, Equatable, Codable {
  /// The scope's name, for people and the audit log.
  public var scope: String
  /// For each class of a statement the first rule that speaks of it decides, and the strictest outcome holds
  /// (`DecisionEngine.verdict`); a class of which no rule speaks is allowed.
  public var guardrails: [Guardrail]
  public var limits: SessionLimits
  /// Tables with masked columns in the session's database. Empty for `unmasked` scopes.
  public var maskedTables: [MaskedTable]
  /// Whether bound parameters are written to the audit log (those compared with masked columns are always hashed).
  public var recordsParameters: Bool
  /// What is looked for in the answers of the server (DESIGN section 9.7).
  public var detectors: DetectorRules
  /// Nil for `strict`. With `bestEffort` masked columns come raw from the server and are masked on the wire.
  public var enforcement: Scope.Enforcement?

  public var isBestEffort: Bool { enforcement == .bestEffort }

  public init(
    scope: String, guardrails: [Guardrail], limits: SessionLimits, maskedTables: [MaskedTable], recordsParameters: Bool,
    detectors: DetectorRules = [:], enforcement: Scope.Enforcement? = nil
  ) {
    self.scope = scope
    self.guardrails = guardrails
    self.limits = limits
    self.maskedTables = maskedTables
    self.recordsParameters = recordsParameters
    self.detectors = detectors
    self.enforcement = enforcement
  }
}

/// One rule over statement classes.
public struct Guardrail: Sendable, Equatable, Codable {
  public enum Action: String, Sendable, Equatable, Codable, CaseIterable { case allow, refuse, alarm }
  /// The rule's name in policy, shown in refusals and in the audit log.
  public var rule: String
  /// The rule speaks of statements that bear any of these classes.
  public var classes: Set<StatementClass>
  /// When not empty: only of statements that name one of these tables (`schema.table`, `*` as a wildcard).
  public var tables: [String]
  public var action: Action
  /// Why, in a sentence, and what to do instead; shown to the user.
  public var reason: String
  public var next: String

  public init(
    rule: String, classes: Set<StatementClass>, tables: [String] = [], action: Action, reason: String, next: String
  ) {
    self.rule = rule
    self.classes = classes
    self.tables = tables
    self.action = action
    self.reason = reason
    self.next = next
  }
}

/// Ceilings of one session; nil is without a ceiling.
public struct SessionLimits: Sendable, Equatable, Codable {
  /// Rows sent to the client by one statement.
  public var rowsMax: Int?
  /// Bytes of rows sent to the client by one statement.
  public var bytesMax: Int?
  public var statementsPerMinuteMax: Int?
  public var idleSecondsMax: Int?
  /// Wall time of one statement.
  public var statementSecondsMax: Int?
  /// Bytes of one statement's text; above it the statement is refused unread.
  public var statementBytesMax: Int
  /// Equality look-ups of one masked column by one lease in a minute; nil is `lookupsPerMinuteDefault`, never without a ceiling.
  public var lookupsPerMinuteMax: Int?

  public static let lookupsPerMinuteDefault = 60

  public init(
    rowsMax: Int? = nil, bytesMax: Int? = nil, statementsPerMinuteMax: Int? = nil, idleSecondsMax: Int? = nil,
    statementSecondsMax: Int? = nil, statementBytesMax: Int = 1 << 20, lookupsPerMinuteMax: Int? = nil
  ) {
    self.rowsMax = rowsMax
    self.bytesMax = bytesMax
    self.statementsPerMinuteMax = statementsPerMinuteMax
    self.idleSecondsMax = idleSecondsMax
    self.statementSecondsMax = statementSecondsMax
    self.statementBytesMax = statementBytesMax
    self.lookupsPerMinuteMax = lookupsPerMinuteMax
  }
}

/// A table with masked columns and the shadow view that shows it masked.
public struct MaskedTable: Sendable, Equatable, Codable {
  public var schema: String
  public var table: String
  public var tableOID: UInt32
  /// `iss_m_<hash of the schema's name>`; the view has the table's name.
  public var shadowSchema: String
  public var shadowOID: UInt32
  /// All columns in the table's order.
  public var columns: [Column]
  /// Names of the primary key's columns; empty without one that rows are sure to differ in (a deferrable one, or of a parent by old
  /// inheritance, whose children have keys of their own).
  public var primaryKey: [String]
  /// The types of whole rows, and of arrays of them; nil from an issuer that tells none.
  public var rowTypes: [RowType]?

  /// A type that the shadow has, and what the table has in its place.
  public struct RowType: Sendable, Equatable, Codable {
    public var shadow: UInt32
    public var base: UInt32

    public init(shadow: UInt32, base: UInt32) {
      self.shadow = shadow
      self.base = base
    }
  }

  public struct Column: Sendable, Equatable, Codable {
    public var name: String
    /// `pg_attribute.attnum`.
    public var number: Int16
    /// The type as `format_type` prints it, for typed NULLs in a translated RETURNING list.
    public var type: String
    /// Nil for a free column.
    public var mask: MaskKind?
    /// The policy line or comment that labels it, for explanations.
    public var rule: String?
    /// Not nil where policy lets rows be found by equality with the column.
    public var lookup: ColumnLookup?
    /// False where the type has no equality that GROUP BY could use (`json`, `point`); nil counts as true.
    public var groupable: Bool?

    public init(
      name: String, number: Int16, type: String, mask: MaskKind? = nil, rule: String? = nil, lookup: ColumnLookup? = nil,
      groupable: Bool? = nil
    ) {
      self.name = name
      self.number = number
      self.type = type
      self.mask = mask
      self.rule = rule
      self.lookup = lookup
      self.groupable = groupable
    }
  }

  public init(
    schema: String, table: String, tableOID: UInt32, shadowSchema: String, shadowOID: UInt32, columns: [Column],
    primaryKey: [String], rowTypes: [RowType]? = nil
  ) {
    self.schema = schema
    self.table = table
    self.tableOID = tableOID
    self.shadowSchema = shadowSchema
    self.shadowOID = shadowOID
    self.columns = columns
    self.primaryKey = primaryKey
    self.rowTypes = rowTypes
  }
}

/// What is shown instead of a masked value (DESIGN section 9.8). Raw values are the words of the policy file and of sql/shadows.
public enum MaskKind: String, Sendable, Hashable, Codable, CaseIterable {
  case redact, partial, email, last4, hash, year, month, bucket, null, deny
}

/// What the proxy puts in place of `column = value` on a masked column: the function that answers the keys of such rows to a code
/// that only the proxy can make (sql/shadows/lookup.sql).
public struct ColumnLookup: Sendable, Equatable, Codable {
  /// How a value is written in the code.
  public enum Form: String, Sendable, Equatable, Codable {
    /// As it is.
    case text
    /// Without the blanks at its end (`char(n)`).
    case padded
    /// In lower case with hyphens.
    case uuid
  }
  /// The function's name, in the shadow's schema.
  public var function: String
  /// The columns that it answers, all of them free: a key of the table.
  public var key: [String]
  /// The type that the value is cast to, as SQL; nil where none is needed.
  public var type: String?
  public var form: Form

  public init(function: String, key: [String], type: String? = nil, form: Form = .text) {
    self.function = function
    self.key = key
    self.type = type
    self.form = form
  }
}
