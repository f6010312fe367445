import Audit
import FoundationEssentials
import IssuerAPI
import PostgresClient
import Synchronization

/// What `issuer.grant_request` is told (sql/README.md, "Asking").
struct LedgerAsk: Sendable {
  var requestID: String
  var person: String
  var idempotencyKey: String
  var scope: String
  var database: String
  var delivery: Delivery
  /// As policy says now; the ledger keeps it with the scope.
  var enforcement: String
  var lifetimeSeconds: Int
  var ceilingSeconds: Int
  var reason: String
  var ticket: String?
  var breakGlass: Bool
  var approvalsNeeded: Int
  var approvalRule: ApprovalTerms
  var decideWithinSeconds: Int
  var settings: [String: String]
  var connectionLimit: Int?
  var keepObjects: Bool
  var setRole: String?
}

/// Kept with a request, so that its approval is judged by the rule that it was asked under.
struct ApprovalTerms: Sendable, Hashable, Codable {
  var rule: String
  /// For people: who has to say yes.
  var approvers: String
  /// Break-glass: seconds within which it has to be reviewed.
  var reviewWithinSeconds: Int?

  /// Texts by what they say: a policy has few, and writing one takes longer than most of what issuing a lease consists of.
  private static let texts = Mutex<[ApprovalTerms: String]>([:])
  private static let textsMax = 256

  /// As the ledger keeps them.
  func json() throws -> String {
    if let known = Self.texts.withLock({ $0[self] }) { return known }
    let text = String(decoding: try JSONEncoder().encode(self), as: UTF8.self)
    Self.texts.withLock { texts in
      if texts.count >= Self.textsMax { texts = [:] }
      texts[self] = text
    }
    return text
  }
}

/// The role of a lease about to be issued.
struct LedgerRole: Sendable {
  var leaseID: String
  var name: String
  var verifier: String
  var iterations: Int
  var derivationKey: String
  var mark: String
}

/// The request with its lease as `grant_request` and `issue` left it.
struct LedgerIssue: Sendable {
  /// False when the same was asked before and is only answered again.
  var created: Bool
  var request: AccessRequest
}

extension LedgerAsk {
  /// The request that this ask became, as people read it: what the ledger would answer for it (`issuer.request_json`), which costs
  /// half as much again as making it.
  ///
  /// - Parameters:
  ///   - at: the server's clock when it was recorded, and where there is a lease, issued.
  ///   - role: of the lease that was issued with it.
  func request(at: AuditTime, role: LedgerRole?) -> AccessRequest {
    func after(_ seconds: Int) -> String { Timestamp.text(AuditTime(microseconds: at.microseconds + Int64(seconds) * 1_000_000)) }
    let time = Timestamp.text(at)
    let lease = role.map { role in
      Lease(
        id: role.leaseID, requestID: requestID, state: .active, person: person, scope: scope, database: database, role: role.name,
        delivery: delivery, enforcement: enforcement, issuedAt: time, deadline: after(lifetimeSeconds),
        remainingSeconds: lifetimeSeconds,
        ceiling: after(ceilingSeconds))
    }
    return AccessRequest(
      id: requestID, state: role == nil ? .requested : .active, person: person, scope: scope, database: database,
      delivery: delivery, enforcement: enforcement, lifetimeSeconds: lifetimeSeconds, reason: reason, ticket: ticket,
      breakGlass: breakGlass,
      approvalsNeeded: approvalsNeeded, createdAt: time, decideBy: role == nil ? after(decideWithinSeconds) : nil,
      message: message(reviewBy: approvalRule.reviewWithinSeconds.map(after), isIssued: role != nil), lease: lease)
  }

  /// What comes next; the words are those of `issuer.request_message`.
  private func message(reviewBy: String?, isIssued: Bool) -> String {
    if !isIssued { return "waits for approval: \(approvalRule.approvers)" }
    return breakGlass ? "past the approvals: a review is owed\(reviewBy.map { " until " + $0 } ?? "")" : ""
  }
}

extension PostgresConnection {
  func grantRequest(_ ask: LedgerAsk, role: LedgerRole?) throws -> LedgerIssue {
    let row = try queryPrepared(
      """
      SELECT request, created, (extract(epoch FROM at) * 1000000)::bigint AS microseconds FROM issuer.grant_request(
        $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)
      """,
      [
        ask.requestID, ask.person, ask.idempotencyKey, ask.scope, ask.database, ask.delivery.rawValue,
        String(ask.lifetimeSeconds),
        String(ask.ceilingSeconds), ask.reason, ask.ticket, String(ask.breakGlass), String(ask.approvalsNeeded),
        try ask.approvalRule.json(), String(ask.decideWithinSeconds), try ask.settings.isEmpty ? "{}" : json(ask.settings),
        String(ask.connectionLimit ?? -1),
        String(ask.keepObjects), ask.setRole, role?.leaseID, role?.name, role?.verifier, role.map { String($0.iterations) },
        role?.derivationKey, role?.mark,
      ]
    ).single()
    if try row.boolean("created") {
      let at = AuditTime(microseconds: Int64(try row.integer("microseconds")))
      return LedgerIssue(created: true, request: ask.request(at: at, role: role))
    }
    let id = try row.string("request")
    guard let request = try request(id) else {
      throw PostgresError(sqlState: "P0002", message: "the request \(id) is not in the ledger any more", hint: "ask again")
    }
    return LedgerIssue(created: false, request: request)
  }

  func issue(request: String, role: LedgerRole) throws -> LedgerIssue {
    let row = try query(
      "SELECT made.created, issuer.request_json(made.request)::text AS body FROM issuer.issue($1, $2, $3, $4, $5, $6, $7) AS made",
      [request, role.leaseID, role.name, role.verifier, String(role.iterations), role.derivationKey, role.mark]
    ).single()
    return LedgerIssue(created: try row.boolean("created"), request: try decodeJSON(try row.string("body")))
  }

  func approve(request: String, approver: String, comment: String?) throws -> String {
    try query("SELECT issuer.approve($1, $2, $3) AS state", [request, approver, comment]).single().string("state")
  }

  func deny(request: String, approver: String, comment: String?) throws {
    try query("SELECT issuer.deny($1, $2, $3)", [request, approver, comment])
  }

  func cancel(request: String, person: String) throws { try query("SELECT issuer.cancel($1, $2)", [request, person]) }

  func review(request: String, reviewer: String, comment: String?) throws {
    try query("SELECT issuer.review($1, $2, $3)", [request, reviewer, comment])
  }

  func cancelUndecided() throws -> [String] {
    try query("SELECT id FROM issuer.cancel_undecided() AS id").rows.map { (row) throws(PostgresError) in try row.string("id") }
  }

  func requestFailed(_ request: String, message: String) throws {
    try query("SELECT issuer.request_failed($1, $2)", [request, message])
  }

  func request(_ id: String) throws -> AccessRequest? {
    try optionalJSON(query("SELECT issuer.request_json($1)::text AS body", [id]))
  }

  /// Break-glass requests whose review is owed.
  func reviewsOwed(max: Int) throws -> [AccessRequest] {
    try jsonRows(
      query("SELECT issuer.request_json(id)::text AS body FROM issuer.review_owed ORDER BY review_by LIMIT $1", [String(max)]))
  }

  func requests(person: String?, states: [String]?, max: Int) throws -> [AccessRequest] {
    try jsonRows(
      query("SELECT body::text AS body FROM issuer.requests_json($1, $2, $3) AS body", [person, states.map(array), String(max)]))
  }
}

// Values between the ledger's functions and Swift.
extension PostgresConnection {
  func array(_ values: [String]) -> String { PostgresArray.text(values.map { $0 }) }

  func json(_ value: some Encodable) throws -> String { String(decoding: try JSONEncoder().encode(value), as: UTF8.self) }

  func decodeJSON<Value: Decodable>(_ text: String) throws -> Value {
    do {
      return try JSONDecoder().decode(Value.self, from: Data(text.utf8))
    } catch {
      throw PostgresError(
        sqlState: .invalidTextRepresentation, message: "the ledger's JSON does not fit \(Value.self)",
        hint: "the ledger's functions and this program are of different versions: start issuerd of the newer one")
    }
  }

  func optionalJSON<Value: Decodable>(_ result: PostgresResult) throws -> Value? {
    guard let text = try result.single()["body"] else { return nil }
    return try decodeJSON(text)
  }

  func jsonRows<Value: Decodable>(_ result: PostgresResult) throws -> [Value] {
    try result.rows.map { try decodeJSON(try $0.string("body")) }
  }
}

/// What deciding on a request needs beside its public form.
struct RequestTerms: Sendable {
  var person: String
  var scope: String
  var delivery: Delivery
  var breakGlass: Bool
  var terms: ApprovalTerms
}

extension PostgresConnection {
  func requestTerms(_ id: String) throws -> RequestTerms? {
    let result = try query(
      "SELECT person, scope, delivery, break_glass, approval_rule::text AS terms FROM issuer.request WHERE id = $1", [id])
    guard let row = result.rows.first else { return nil }
    return RequestTerms(
      person: try row.string("person"), scope: try row.string("scope"),
      delivery: Delivery(rawValue: try row.string("delivery")) ?? .proxy, breakGlass: try row.boolean("break_glass"),
      terms: try decodeJSON(try row.string("terms")))
  }

  /// Break-glass leases of a person that nobody reviewed in the time that policy gave.
  func overdueReviews(person: String) throws -> Int {
    try query(
      """
      SELECT count(*) AS count FROM issuer.review_owed
      WHERE person = $1 AND review_by < clock_timestamp()
      """, [person]
    ).single().integer("count")
  }
}
