/// What is put on record. docs/audit-format.md lists the members of each kind.
public enum AuditEvent: Sendable, Equatable {
  case sessionOpened(SessionOpened)
  case statement(Statement)
  case outcome(Outcome)
  case sessionClosed(SessionClosed)
  case issuer(IssuerEvent)

  /// A client came through a proxy.
  public struct SessionOpened: Sendable, Equatable {
    public var session: String
    public var lease: String
    public var person: String
    public var role: String
    public var scope: String
    public var database: String
    /// Address and port.
    public var client: String
    /// The client's `application_name`.
    public var application: String?
    public var tls: Bool
    /// Why the lease was asked for.
    public var reason: String?
    /// `best-effort` where the proxy alone masks; nil else.
    public var enforcement: String?

    /// Groups the members.
    public init(
      session: String, lease: String, person: String, role: String, scope: String, database: String, client: String,
      application: String? = nil, tls: Bool, reason: String? = nil, enforcement: String? = nil
    ) {
      self.session = session
      self.lease = lease
      self.person = person
      self.role = role
      self.scope = scope
      self.database = database
      self.client = client
      self.application = application
      self.tls = tls
      self.reason = reason
      self.enforcement = enforcement
    }
  }

  /// What policy said of a statement.
  public enum Verdict: String, Sendable, Equatable, CaseIterable {
    /// Sent as it came.
    case forwarded
    /// Sent in the form of `translated`.
    case translated
    /// Not sent.
    case refused
    /// Sent, and somebody is told.
    case alarm
  }

  /// A statement, recorded before it is forwarded.
  public struct Statement: Sendable, Equatable {
    public var session: String
    public var lease: String
    public var person: String
    /// The message that brought it: `simple`, `parse`, `execute`, ...
    public var form: String
    public var text: AuditText
    public var parameters: [AuditParameter]
    public var verdict: Verdict
    /// The guardrail or limit that decided.
    public var rule: String?
    /// Of the refusal.
    public var sqlState: String?
    /// Raw values of `StatementClass`.
    public var classes: [String]
    /// `schema.table`, for searching.
    public var tables: [String]
    /// `schema.table.column` of what was masked.
    public var maskedColumns: [String]
    /// The text that was sent instead.
    public var translated: String?

    /// Groups the members.
    public init(
      session: String, lease: String, person: String, form: String, text: AuditText, parameters: [AuditParameter] = [],
      verdict: Verdict, rule: String? = nil, sqlState: String? = nil, classes: [String] = [], tables: [String] = [],
      maskedColumns: [String] = [], translated: String? = nil
    ) {
      self.session = session
      self.lease = lease
      self.person = person
      self.form = form
      self.text = text
      self.parameters = parameters
      self.verdict = verdict
      self.rule = rule
      self.sqlState = sqlState
      self.classes = classes
      self.tables = tables
      self.maskedColumns = maskedColumns
      self.translated = translated
    }
  }

  /// How a statement ended, recorded before the client is told.
  public struct Outcome: Sendable, Equatable {
    /// What stands for the SQLSTATE of a success, which records leave out.
    public static let success = "00000"

    public var session: String
    public var lease: String
    /// Sequence number of the statement's record in the same log.
    public var statement: UInt64
    /// `00000` for success.
    public var sqlState: String
    /// The command tag, such as `SELECT 12`.
    public var tag: String?
    public var rows: UInt64
    /// Bytes of row data sent to the client.
    public var bytes: UInt64
    public var durationMicroseconds: UInt64
    /// How often it was sent again after a deadlock that ended it before it began.
    public var retries: UInt8

    /// Groups the members.
    public init(
      session: String, lease: String, statement: UInt64, sqlState: String, tag: String? = nil, rows: UInt64, bytes: UInt64,
      durationMicroseconds: UInt64, retries: UInt8 = 0
    ) {
      self.session = session
      self.lease = lease
      self.statement = statement
      self.sqlState = sqlState
      self.tag = tag
      self.rows = rows
      self.bytes = bytes
      self.durationMicroseconds = durationMicroseconds
      self.retries = retries
    }
  }

  /// The end of a session.
  public struct SessionClosed: Sendable, Equatable {
    public var session: String
    public var lease: String
    public var person: String
    /// `client left`, `lease expired`, `revoked by NAME: ...`, ...
    public var why: String
    public var statements: UInt64
    public var durationMicroseconds: UInt64

    /// Groups the members.
    public init(session: String, lease: String, person: String, why: String, statements: UInt64, durationMicroseconds: UInt64) {
      self.session = session
      self.lease = lease
      self.person = person
      self.why = why
      self.statements = statements
      self.durationMicroseconds = durationMicroseconds
    }
  }
}

/// Something that the issuer decided or did (or a proxy, for `alarm`, `started`, `stopped`).
public struct IssuerEvent: Sendable, Equatable {
  /// Raw values are the log's `kind`.
  public enum Kind: String, Sendable, Equatable, CaseIterable {
    case requestCreated = "request_created"
    case requestApproved = "request_approved"
    case requestDenied = "request_denied"
    case requestCancelled = "request_cancelled"
    case leaseIssued = "lease_issued"
    case leaseRenewed = "lease_renewed"
    case leaseRevoked = "lease_revoked"
    case leaseDisabled = "lease_disabled"
    case leaseDropped = "lease_dropped"
    case leaseFailed = "lease_failed"
    case sessionKilled = "session_killed"
    case loginSucceeded = "login_succeeded"
    case loginFailed = "login_failed"
    case sweep
    case rotation
    case policyLoaded = "policy_loaded"
    case policyRefused = "policy_refused"
    case scopeCompiled = "scope_compiled"
    case scopeRefused = "scope_refused"
    case tokenCreated = "token_created"
    case tokenRevoked = "token_revoked"
    case vaultChanged = "vault_changed"
    case alarm
    /// An equality look-up of a masked column; the value is hashed.
    case lookup
    /// What a detector found in an answer: kind, count and column.
    case detector
    /// An operator had a database looked through for personal data.
    case scan
    case review
    case started
    case stopped
  }

  public var kind: Kind
  /// Who did it: a person, `issuerd`, a proxy.
  public var actor: String?
  /// Whom it concerns.
  public var person: String?
  public var request: String?
  public var lease: String?
  public var session: String?
  public var scope: String?
  public var database: String?
  public var role: String?
  /// Why, in words.
  public var text: String?
  /// Anything else; never a secret.
  public var details: [String: String]

  /// Groups the members.
  public init(
    _ kind: Kind, actor: String? = nil, person: String? = nil, request: String? = nil, lease: String? = nil,
    session: String? = nil,
    scope: String? = nil, database: String? = nil, role: String? = nil, text: String? = nil, details: [String: String] = [:]
  ) {
    self.kind = kind
    self.actor = actor
    self.person = person
    self.request = request
    self.lease = lease
    self.session = session
    self.scope = scope
    self.database = database
    self.role = role
    self.text = text
    self.details = details
  }
}

/// A statement's text, which need not be UTF-8.
public enum AuditText: Sendable, Equatable, ExpressibleByStringLiteral {
  case text(String)
  case bytes([UInt8])

  /// Bytes as they came on the wire.
  public init(_ bytes: [UInt8]) {
    if let text = String(validating: bytes, as: UTF8.self) { self = .text(text) } else { self = .bytes(bytes) }
  }

  /// A text.
  public init(stringLiteral value: String) { self = .text(value) }
}

/// One bound parameter.
public enum AuditParameter: Sendable, Equatable {
  case null
  case text(String)
  case binary([UInt8])
  /// What `AuditLog.hashed` made of a value that is compared with a masked column, or that policy keeps out of the log.
  case hashed([UInt8])
}
