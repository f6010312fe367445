import PostgresWire

/// What of the settings that the server reports (ParameterStatus) is asked about later, as it last reported them.
public struct SessionSettings: Sendable, Equatable {
  /// For the record of the session's beginning.
  public private(set) var applicationName: String?
  public private(set) var serverEncoding: String?
  private var clientEncodingIsRead = false
  private var stringsConform = false

  mutating func set(_ status: ParameterStatus) {
    switch status.name {
    case "application_name": applicationName = status.value
    case "server_encoding": serverEncoding = status.value
    case "client_encoding":
      clientEncodingIsRead = ["UTF8", "UTF-8", "UNICODE", "SQL_ASCII"].contains(status.value.uppercased())
    case "standard_conforming_strings": stringsConform = status.value == "on"
    default: break
    }
  }

  /// Whether statement texts mean what our parser reads: UTF-8, and backslashes are plain in `'...'`. Unknown counts as no.
  public var readsTextAsParsed: Bool { clientEncodingIsRead && stringsConform }
}
