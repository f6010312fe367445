import PostgresClient

/// The masked views of a governed database, as an operator or a migration handles them (sql/shadows).
public enum Shadows {
  /// What a rebuild did to one table, or to one view that reads masked tables.
  public struct Change: Sendable, Equatable {
    public enum Action: String, Sendable, Equatable {
      case built, dropped, failed
      /// A view that cannot be proved masked, and so has no copy.
      case leftOut = "left_out"
    }
    public var table: String
    public var action: Action
    /// Why, for all but `built`.
    public var detail: String?
  }

  /// One masked table, or one view that reads some, for people.
  public struct Status: Sendable, Equatable {
    public var table: String
    /// Nil while it is missing.
    public var shadow: String?
    /// `ok`, else what is wrong.
    public var state: String
  }

  /// Takes the shadows away, so that a migration may alter their tables. Nothing opens by it: readers of masked tables get `42P01`
  /// until `rebuild`.
  ///
  /// - Returns: how many there were.
  @discardableResult
  public static func drop(on connection: PostgresConnection) throws(PostgresError) -> Int {
    try connection.query("SELECT iss.shadow_drop() AS count").single().integer("count")
  }

  /// Labels, shadows and the grants of every scope again, after DDL.
  @discardableResult
  public static func rebuild(on connection: PostgresConnection) throws(PostgresError) -> [Change] {
    var changes: [Change] = []
    for row in try connection.query("SELECT base, action, detail FROM iss.shadow_rebuild()").rows {
      guard let action = Change.Action(rawValue: try row.string("action")) else {
        throw PostgresError(
          sqlState: .invalidTextRepresentation, message: "schema iss is of another version", hint: "reload the policy")
      }
      changes.append(Change(table: try row.string("base"), action: action, detail: row["detail"]))
    }
    return changes
  }

  public static func status(on connection: PostgresConnection) throws(PostgresError) -> [Status] {
    var tables: [Status] = []
    for row in try connection.query("SELECT base, shadow, state FROM iss.shadow_status()").rows {
      tables.append(Status(table: try row.string("base"), shadow: row["shadow"], state: try row.string("state")))
    }
    return tables
  }
}
