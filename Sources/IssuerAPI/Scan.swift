import Policy

/// `POST /v1/scan` (operators): samples a governed database and proposes labels for its columns. No value of a row ever leaves the
/// issuer: evidence is counts.
public struct ScanCreate: Sendable, Equatable, Codable {
  public var database: String
  /// Rows of each table at most, 1 to 10,000; 1,000 if left out.
  public var sampleRows: Int?
  public init(database: String, sampleRows: Int? = nil) {
    self.database = database
    self.sampleRows = sampleRows
  }
}

/// What a scan found.
public struct ScanReport: Sendable, Equatable, Codable {
  public var database: String
  /// Tables of which a sample was read, or that have no column for one.
  public var tables: Int
  public var durationMilliseconds: Int
  /// Columns that a label is proposed for, in the order of schema, table and column.
  public var proposals: [ScanProposal]
  /// Columns that policy or a comment speaks of already.
  public var labelled: Int
  public var skipped: [ScanSkipped]

  public init(
    database: String, tables: Int = 0, durationMilliseconds: Int = 0, proposals: [ScanProposal] = [], labelled: Int = 0,
    skipped: [ScanSkipped] = []
  ) {
    self.database = database
    self.tables = tables
    self.durationMilliseconds = durationMilliseconds
    self.proposals = proposals
    self.labelled = labelled
    self.skipped = skipped
  }
}

/// What a column seems to hold. Raw values are shown to people.
public enum ScanKind: String, Sendable, Hashable, Codable, CaseIterable {
  case personName = "name"
  case email, phone, card, iban
  case nationalID = "national-id"
  case birthDate = "birth-date"
  case address
  /// Passwords, tokens, keys.
  case secret
  /// Free text in which some of the others stand.
  case mixed
}

/// How sure a proposal is.
public enum ScanConfidence: String, Sendable, Hashable, Codable, CaseIterable { case high, medium, low }

/// One column.
public struct ScanProposal: Sendable, Equatable, Codable {
  public var schema: String
  public var table: String
  public var column: String
  /// As `format_type` prints it.
  public var type: String
  public var kind: ScanKind
  /// The mask proposed.
  public var mask: MaskKind
  public var confidence: ScanConfidence
  /// Whether the column's name (or its type's) says what it holds.
  public var isNamedSo: Bool
  /// Values of the sample that are not NULL.
  public var values: Int
  /// Those of them in which such a thing was recognised, or that have its form.
  public var matches: Int

  public init(
    schema: String, table: String, column: String, type: String, kind: ScanKind, mask: MaskKind, confidence: ScanConfidence,
    isNamedSo: Bool, values: Int, matches: Int
  ) {
    self.schema = schema
    self.table = table
    self.column = column
    self.type = type
    self.kind = kind
    self.mask = mask
    self.confidence = confidence
    self.isNamedSo = isNamedSo
    self.values = values
    self.matches = matches
  }
}

/// A table that could not be looked at; its columns are judged by their names.
public struct ScanSkipped: Sendable, Equatable, Codable {
  /// `schema.table`.
  public var table: String
  public var reason: String
  public init(table: String, reason: String) {
    self.table = table
    self.reason = reason
  }
}

extension IssuerClient {
  public func scan(_ scan: ScanCreate) throws(IssuerFailure) -> ScanReport { try post("/v1/scan", scan, timeoutSeconds: 300) }
}
