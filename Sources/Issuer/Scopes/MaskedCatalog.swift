import Foundation
import Policy
import PostgresClient

/// Reads what a session's policy must say of masked tables.
public enum MaskedCatalog {
  /// Every masked table of the database with its shadow; none for the role of an `unmasked` scope, which reads the base tables.
  ///
  /// - Throws: `PostgresError` or `DecodingError`.
  public static func tables(role: String, on connection: PostgresConnection) throws -> [MaskedTable] {
    let json = try connection.query("SELECT iss.masked_tables($1) AS tables", [role]).single().string("tables")
    return try JSONDecoder().decode([MaskedTable].self, from: Data(json.utf8))
  }
}
