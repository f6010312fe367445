import Policy

// The narrow questions that a proxy may ask, on a Unix socket of its own (DESIGN section 2.2). All byte strings are base64.

/// `POST /v1/proxy/logins`: a client opened a SCRAM exchange as a lease's role.
public struct ProxyLoginBegin: Sendable, Equatable, Codable {
  /// This proxy's name in logs and in the ledger.
  public var proxy: String
  public var role: String
  public var database: String
  public var clientAddress: String
  /// The client-first-message as it came.
  public var clientFirst: String
  /// `tls-server-end-point` data of the proxy's certificate, base64; nil without TLS, when -PLUS is not offered.
  public var channelBinding: String?
  /// Whether the client chose SCRAM-SHA-256-PLUS.
  public var plus: Bool

  public init(
    proxy: String, role: String, database: String, clientAddress: String, clientFirst: String, channelBinding: String?, plus: Bool
  ) {
    self.proxy = proxy
    self.role = role
    self.database = database
    self.clientAddress = clientAddress
    self.clientFirst = clientFirst
    self.channelBinding = channelBinding
    self.plus = plus
  }
}

/// Answer to `ProxyLoginBegin`. An unknown role is answered alike, with made-up salt; only the proof fails.
public struct ProxyLoginChallenge: Sendable, Equatable, Codable {
  public var login: String
  public var serverFirst: String
  public init(login: String, serverFirst: String) {
    self.login = login
    self.serverFirst = serverFirst
  }
}

/// `POST /v1/proxy/logins/{login}/proof`. Each login can be proved once.
public struct ProxyLoginProof: Sendable, Equatable, Codable {
  public var clientFinal: String
  public init(clientFinal: String) { self.clientFinal = clientFinal }
}

/// Answer to a right proof: everything that the session needs, and no more.
public struct ProxySession: Sendable, Equatable, Codable {
  /// The session's id, made by the issuer.
  public var id: String
  public var serverFinal: String
  public var lease: String
  public var role: String
  public var person: String
  public var database: String
  public var reason: String
  /// Milliseconds of lease left by the database server's clock when the answer was made.
  public var remainingMilliseconds: Int
  public var backend: ProxyBackend
  public var policy: SessionPolicy
  /// 32 bytes, base64: the key of the codes that the lease's equality look-ups need (sql/shadows/lookup.sql); nil where policy allows
  /// none.
  public var lookupKey: String?

  public init(
    id: String, serverFinal: String, lease: String, role: String, person: String, database: String, reason: String,
    remainingMilliseconds: Int, backend: ProxyBackend, policy: SessionPolicy, lookupKey: String? = nil
  ) {
    self.id = id
    self.serverFinal = serverFinal
    self.lease = lease
    self.role = role
    self.person = person
    self.database = database
    self.reason = reason
    self.remainingMilliseconds = remainingMilliseconds
    self.backend = backend
    self.policy = policy
    self.lookupKey = lookupKey
  }
}

/// The SCRAM keys (RFC 5802) of one ephemeral role, good for one lease, and what to know of the server before logging in to it.
public struct ProxyBackend: Sendable, Equatable, Codable {
  public var salt: String
  public var iterations: Int
  public var clientKey: String
  public var serverKey: String
  /// PostgreSQL's major version, as 15.
  public var serverMajor: Int
  public init(salt: String, iterations: Int, clientKey: String, serverKey: String, serverMajor: Int) {
    self.salt = salt
    self.iterations = iterations
    self.clientKey = clientKey
    self.serverKey = serverKey
    self.serverMajor = serverMajor
  }
}

/// `POST /v1/proxy/sessions/{id}/end`.
public struct ProxySessionEnd: Sendable, Equatable, Codable {
  public var why: String
  public init(why: String) { self.why = why }
}

/// `POST /v1/proxy/cancels`: a client showed a cancel key that this proxy has not made. Its other proxies are told
/// (`ProxyEvent.cancelRequested`), and the one that made the key cancels. The answer is the same whether one did, as in PostgreSQL.
public struct ProxyCancel: Sendable, Equatable, Codable {
  /// This proxy's name: it is not told itself.
  public var proxy: String
  public var processID: UInt32
  /// 4 to 256 bytes as the client showed them, base64: a claim, which only the proxy that made the key can judge.
  public var secret: String
  public init(proxy: String, processID: UInt32, secret: String) {
    self.proxy = proxy
    self.processID = processID
    self.secret = secret
  }
}

/// `POST /v1/proxy/events` with `ProxyEventsOpen` is answered with a stream of JSON lines, one `ProxyEvent` each, until the
/// connection ends. The first lines tell of those of `leases` that are over or have a new deadline.
public struct ProxyEventsOpen: Sendable, Equatable, Codable {
  public var proxy: String
  public var leases: [String]
  public init(proxy: String, leases: [String]) {
    self.proxy = proxy
    self.leases = leases
  }
}

public enum ProxyEvent: Sendable, Equatable, Codable {
  /// Cut the lease's sessions: 57P01 with this reason.
  case leaseEnded(lease: String, reason: String)
  case deadlineMoved(lease: String, remainingMilliseconds: Int)
  case sessionKilled(session: String, reason: String)
  /// A client showed this cancel key to another proxy (`ProxyCancel`).
  case cancelRequested(processID: UInt32, secret: String)
  /// Sent every few seconds; silence for three intervals means that the stream is dead.
  case heartbeat
}

/// `POST /v1/proxy/checkpoints`: the head of a proxy's audit chain, to be signed and kept in the ledger. Answered by
/// `ProxyCheckpointSigned`. A sequence that goes backwards is refused.
public struct ProxyCheckpoint: Sendable, Equatable, Codable {
  /// The writer's name, as in its records.
  public var writer: String
  /// Sequence number of the chain's last record.
  public var sequence: UInt64
  /// BLAKE2b-256 of the last record, base64.
  public var head: String
  public init(writer: String, sequence: UInt64, head: String) {
    self.writer = writer
    self.sequence = sequence
    self.head = head
  }
}

public struct ProxyCheckpointSigned: Sendable, Equatable, Codable {
  /// RFC 3339, the issuer's clock; part of what is signed.
  public var at: String
  /// Ed25519 over the canonical bytes in docs/audit-format.md, base64.
  public var signature: String
  public var publicKey: String
  public init(at: String, signature: String, publicKey: String) {
    self.at = at
    self.signature = signature
    self.publicKey = publicKey
  }
}
