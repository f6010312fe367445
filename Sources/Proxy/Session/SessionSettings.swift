import PostgresWire

/// The settings that the server reports (ParameterStatus), as it last reported them.
public struct SessionSettings: Sendable, Equatable {
  private var values: [String: String] = [:]

  public subscript(_ name: String) -> String? { values[name] }

  mutating func set(_ status: ParameterStatus) { values[status.name] = status.value }

  /// Whether statement texts mean what our parser reads: UTF-8, and backslashes are plain in `'...'`. Unknown counts as no.
  public var readsTextAsParsed: Bool {
    let encoding = values["client_encoding"]?.uppercased()
    return (encoding == "UTF8" || encoding == "UTF-8" || encoding == "UNICODE" || encoding == "SQL_ASCII")
      && values["standard_conforming_strings"] == "on"
  }
}
