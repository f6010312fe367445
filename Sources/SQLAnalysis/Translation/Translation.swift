/// A query text with its relation references turned into shadows.
public struct Translation: Sendable, Equatable {
  /// What was cut and put in at one place.
  public struct Edit: Sendable, Equatable {
    /// UTF-8 byte offset in the original text.
    public var offset: Int
    /// Bytes of the original text that were removed there.
    public var removed: Int
    public var inserted: String

    public init(offset: Int, removed: Int, inserted: String) {
      self.offset = offset
      self.removed = removed
      self.inserted = inserted
    }
  }

  /// A column that is read masked.
  public struct MaskedColumn: Sendable, Hashable {
    /// Index into `ShadowMap.tables`.
    public var table: Int
    public var column: String
  }

  /// The text to forward. Without edits, the original.
  public internal(set) var text: [UInt8]
  /// In the order of the text; they do not overlap.
  public internal(set) var edits: [Edit]
  /// Indices into `ShadowMap.tables` of the tables that are read through their shadows.
  public internal(set) var maskedTables: Set<Int>
  /// Masked columns of those tables that the text names, by themselves or with others.
  public internal(set) var maskedColumns: Set<MaskedColumn>
  /// What the text writes into masked columns.
  public internal(set) var assignments: [MaskedAssignment]
  /// Its COPY FROM STDIN into masked columns.
  public internal(set) var copiesIn: [CopyIn] = []
  /// Not empty: the text must not be forwarded.
  public internal(set) var refusals: [TranslationRefusal]
  /// What to tell the user if PostgreSQL refuses the text: places that were left as they are.
  public internal(set) var hints: [TranslationRefusal]
  let original: [UInt8]

  public var isUnchanged: Bool { edits.isEmpty }

  /// The place in the client's text that a position in the translated text stands for: the `P` field of errors.
  ///
  /// - Parameter position: 1-based, in characters, as PostgreSQL counts (protocol manual 55.8).
  /// - Returns: likewise 1-based in characters of the original.
  public func originalPosition(ofTranslated position: Int) -> Int {
    guard !edits.isEmpty, position > 0 else { return position }
    let byte = Self.byteOffset(ofCharacter: position - 1, in: text)
    var shift = 0
    for edit in edits {
      let start = edit.offset + shift
      if byte < start { break }
      let inserted = edit.inserted.utf8.count
      if byte < start + inserted { return Self.characters(in: original, before: edit.offset) + 1 }
      shift += inserted - edit.removed
    }
    return Self.characters(in: original, before: min(max(byte - shift, 0), original.count)) + 1
  }

  private static func isStart(_ byte: UInt8) -> Bool { byte & 0xc0 != 0x80 }

  private static func byteOffset(ofCharacter character: Int, in text: [UInt8]) -> Int {
    var left = character
    for (offset, byte) in text.enumerated() where isStart(byte) {
      if left == 0 { return offset }
      left -= 1
    }
    return text.count
  }

  private static func characters(in text: [UInt8], before offset: Int) -> Int { text[..<offset].lazy.filter(isStart).count }
}

/// Why a statement cannot be shown masked, or was left as it is, and what to write instead.
public struct TranslationRefusal: Error, Sendable, Equatable {
  public enum Reason: String, Sendable, Equatable {
    /// `ONLY`, `TABLESAMPLE`: PostgreSQL offers them for tables, not for the views that mask.
    case notForViews = "not_for_views"
    /// `FOR UPDATE` and the like, where the scope may not update.
    case rowLock = "row_lock"
    /// `ctid`, `xmin` and the like.
    case systemColumn = "system_column"
    /// A form of COPY that has no equal for a query.
    case copyForm = "copy_form"
    /// `RETURNING *` that cannot be spelled out.
    case returningStar = "returning_star"
    /// The search path is not known.
    case unknownPath = "unknown_path"
    /// A view, rule or function keeps the table's own name.
    case storedDefinition = "stored_definition"
    /// `LOCK TABLE`.
    case lockTable = "lock_table"
    /// `GROUPING SETS` and the like over a table's key.
    case groupingSets = "grouping_sets"
    /// `GROUP BY key` of a table whose other columns cannot join the list.
    case groupByKey = "group_by_key"
    /// A masked column is read where the statement works on the table itself: in UPDATE, DELETE, MERGE or INSERT.
    case maskedColumn = "masked_column"
    /// A masked column is written.
    case maskedTarget = "masked_target"
  }

  public var reason: Reason
  public var message: String
  /// What to write instead.
  public var next: String
  /// UTF-8 byte offset in the original text.
  public var offset: Int

  public init(_ reason: Reason, message: String, next: String, offset: Int) {
    self.reason = reason
    self.message = message
    self.next = next
    self.offset = offset
  }
}
