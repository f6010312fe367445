import IssuerAPI
import Policy

/// What compiling one scope gave: the role that holds its privileges, and what was found.
public struct CompiledScope: Sendable, Equatable {
  public enum State: String, Sendable, Equatable, Codable {
    /// May be issued.
    case ready
    /// A finding stands in the way: no new leases, and those that run must be disabled.
    case refused
    /// Another compilation of the scope took its place; its role goes with its last lease.
    case retiring
    case compiling
  }
  public var scope: String
  public var database: String
  /// `iss_scope_<hash>`.
  public var role: String
  public var state: State
  /// Refusals first, then what `trusted:` accepts, then warnings.
  public var findings: [ScopeFinding]
  /// For `SessionPolicy.maskedTables`; empty when the scope is `unmasked`.
  public var maskedTables: [MaskedTable]

  /// The part of the role's name after `iss_scope_`: the ledger's key for the scope.
  public var hash: String { String(role.dropFirst("iss_scope_".count)) }

  public var isReady: Bool { state == .ready }

  public init(
    scope: String, database: String, role: String, state: State, findings: [ScopeFinding] = [], maskedTables: [MaskedTable] = []
  ) {
    self.scope = scope
    self.database = database
    self.role = role
    self.state = state
    self.findings = findings
    self.maskedTables = maskedTables
  }
}
