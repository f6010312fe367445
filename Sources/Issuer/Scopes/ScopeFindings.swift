import Foundation
import IssuerAPI
import PostgresClient

/// The answer of `iss.scope_check` (sql/scopes/compile.sql).
struct ScopeAnswer: Decodable {
  var scope: String
  var role: String
  var database: String
  var state: CompiledScope.State
  var findings: [Row]

  /// A row of `iss.scope_findings`.
  struct Row: Decodable {
    enum Severity: String, Decodable { case refuse, warn }
    var kind: String
    var object: String
    var severity: Severity
    var reason: String
    var cure: String
    var trustedBecause: String?
  }

  init(json: String) throws {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    self = try decoder.decode(Self.self, from: Data(json.utf8))
  }
}

extension ScopeFinding {
  init(_ row: ScopeAnswer.Row) {
    var severity = Severity.warning
    var message = row.reason
    if let because = row.trustedBecause {
      severity = .trusted
      message += " (trusted: \(because))"
    } else if row.severity == .refuse {
      severity = .refusal
    }
    self.init(severity: severity, kind: row.kind, object: row.object, message: message, cure: row.cure)
  }

  private var order: Int {
    switch severity {
    case .refusal: 0
    case .trusted: 1
    case .warning: 2
    }
  }

  /// Refusals first.
  static func sorted(_ findings: [ScopeFinding]) -> [ScopeFinding] {
    findings.sorted { ($0.order, $0.kind, $0.object) < ($1.order, $1.kind, $1.object) }
  }
}
