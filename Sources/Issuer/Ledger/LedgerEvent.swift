/// A payload of the channel `issuer` (sql/README.md, "Events").
struct LedgerEvent: Sendable, Codable, Equatable {
  enum Kind: String, Sendable, Codable {
    case request, scope
    case leaseEnded = "lease_ended"
    case deadlineMoved = "deadline_moved"
    case sessionKilled = "session_killed"
  }
  var kind: Kind
  var request: String?
  var lease: String?
  /// `lease_ended`: up to a hundred that ended together.
  var leases: [String]?
  var session: String?
  var database: String?
  var scope: String?
  var state: String?
  var reason: String?
}
