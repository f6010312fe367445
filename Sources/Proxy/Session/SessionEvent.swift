import PostgresWire

// How the machine and the I/O side talk.
//
// `SessionStateMachine` is a value: it owns no socket, clock, or randomness, and does nothing by itself. The I/O side of a session
// - frames what comes from either side (`FrameDecoder`), and for each message of the client, only while `machine.acceptsClient`
//   is true, asks `machine.routeClient(type, bodyBytes)`; for each message of the backend `machine.routeServer(type, bodyBytes)`.
//   The answer is a plain byte-sized enum (`ClientRoute`, `ServerRoute`): stream it through, drop it, or gather the body.
// - hands gathered bodies to `machine.client(type, body)` / `machine.server(type, body)`, packets of the startup family (while
//   `machine.expectsStartupPacket`) to `machine.startup(packet, bytesBehind)`, everything else to `machine.handle(event)`;
// - may, while `machine.takesBatches`, hand in a whole `ClientBatch` that the gate has approved, and its whole `ServerAnswer`, in place of
//   their messages (`began`, `answered`);
// - after each of the other calls, and after a route of `.stop`, carries out `while let action = machine.nextAction()` in order.
//
// "The message at hand" in an action is the one whose body was handed in last from that side. A message of the client stays at
// hand until it has been forwarded, dropped or answered: while a judgement is open (`.judge` was taken, `.judged` not yet handed
// in) the machine accepts no other from the client, but goes on with the backend. The bytes of a judged message must stay put.
//
// A message that the gate does not need whole (a large Bind) is routed `.gatherHead(n)`: the first n bytes of its body are handed
// in, and the action that forwards it means those bytes and everything that follows.

/// Everything that happens to a session besides messages.
public enum SessionEvent: Sendable, Equatable {
  // The sockets.

  /// The client's TLS handshake is done (asked for, or direct). `channelBinding` is `tls-server-end-point` data of our certificate;
  /// nil when its signature knows none: then -PLUS is not offered.
  case tlsEstablished(channelBinding: [UInt8]?)
  /// The connection that `.connectBackend` asked for stands (TLS included).
  case backendConnected(BackendLink)
  /// It could not be made.
  case backendUnreachable(ErrorResponse)
  /// Answer to `.makeCancelKey`: the key that the client will get.
  case cancelKey(CancelKey)
  /// End of file or an error from the backend.
  case backendClosed
  /// End of file or an error from the client.
  case clientClosed
  /// The client's CancelRequest goes to the backend on a connection of its own: nothing more of the client does before it is there.
  /// `.cancelDelivered` follows.
  case cancelBegins
  /// The backend's postmaster has closed the connection that carried our CancelRequest: the signal has been sent. Owed for each
  /// `.cancelBackend` and `.cancelBegins`, also when it failed.
  case cancelDelivered

  // The issuer.

  /// Answer to `.beginLogin`: the server-first-message.
  case challenge(serverFirst: String)
  /// Answer to `.proveLogin`: let in.
  case granted(SessionGrant)
  /// Answer to either: refused, or the issuer cannot be reached. Severity FATAL.
  case denied(ErrorResponse)

  // The gate.

  /// Answer to `.judge`.
  case judged(Verdict)
  /// Ask the backend something of our own, now; `.captured` brings the answer, nil in states where nothing can be asked.
  case ask(HiddenQuery)

  // Clocks and operators.

  /// The running statement has used up a limit (wall time): the backend is cancelled, the client gets this error in its place,
  /// and the session goes on.
  case limitReached(ErrorResponse)
  /// The session is over: deadline, revocation, idle, shutdown, a failed audit log. Severity FATAL. Hand it in only between two
  /// messages to the client (never with one half-written); the running statement is cancelled, then both sides are closed.
  case end(ErrorResponse)
}

/// What the I/O side knows of a fresh backend connection.
public struct BackendLink: Sendable, Equatable {
  /// Random, for the SCRAM exchange: 18 bytes or more in base64.
  public var nonce: String
  /// `tls-server-end-point` data of the server's certificate; nil without TLS.
  public var channelBinding: [UInt8]?
  /// Settings of the proxy's own for the backend's startup packet; they come last, and so win over the client's.
  public var settings: [StartupMessage.Parameter]

  public init(nonce: String, channelBinding: [UInt8]?, settings: [StartupMessage.Parameter] = []) {
    self.nonce = nonce
    self.channelBinding = channelBinding
    self.settings = settings
  }
}

/// What a right proof brings (from `ProxySession`).
public struct SessionGrant: Sendable, Equatable {
  /// The server-final-message for the client.
  public var serverFinal: String
  /// The ephemeral role and its database, for the backend's startup packet.
  public var role: String
  public var database: String
  public var keys: ScramKeys
  /// What the backend must ask for with these keys.
  public var salt: [UInt8]
  public var iterations: Int
  public var guarded: GuardedMessages
  public var limits: ResultLimits

  public init(
    serverFinal: String, role: String, database: String, keys: ScramKeys, salt: [UInt8], iterations: Int,
    guarded: GuardedMessages = [], limits: ResultLimits = .init()
  ) {
    self.serverFinal = serverFinal
    self.role = role
    self.database = database
    self.keys = keys
    self.salt = salt
    self.iterations = iterations
    self.guarded = guarded
    self.limits = limits
  }
}

/// What the gate says of a `StatementRequest`.
public enum Verdict: Sendable, Equatable {
  /// The audit record is written; let it run.
  case approved(Approval)
  /// The client gets this error (severity ERROR); the transaction block, if any, fails as it would in PostgreSQL.
  case refused(ErrorResponse)
  /// The gate cannot say before it knows the answer to a question of its own. `.captured` follows, then `.judge` once more.
  case askFirst(HiddenQuery)
}

/// How an approved message goes on.
public struct Approval: Sendable, Equatable {
  /// Query and Parse: the text to send in place of the client's (a translation), without the final NUL. Bind: the whole new body.
  /// Nil forwards what came. Ignored for Execute.
  public var replacement: [UInt8]?
  /// Kept with the prepared statement (Parse) or the portal (Bind) as long as either can run, and given back in later requests.
  public var note: NoteReference?
  /// Whether the text may hold a `COPY ... FROM STDIN` (a text that was not understood may). Then the client is held until the
  /// backend has said what it does, for only then is it known how to read the client's next messages.
  public var mayCopyIn: Bool
  /// Execute: ask for the portal's RowDescription first (hidden from the client, given to `.examine`).
  public var describesFirst: Bool
  /// What SQL-level PREPARE and DEALLOCATE in a Query do to the names, applied when the backend reports them done.
  public var nameEffects: [NameEffect]

  public init(
    replacement: [UInt8]? = nil, note: NoteReference? = nil, mayCopyIn: Bool = false, describesFirst: Bool = false,
    nameEffects: [NameEffect] = []
  ) {
    self.replacement = replacement
    self.note = note
    self.mayCopyIn = mayCopyIn
    self.describesFirst = describesFirst
    self.nameEffects = nameEffects
  }

  var footprintBytes: Int { note?.note.footprintBytes ?? 0 }
}

/// `PREPARE name` / `DEALLOCATE name`. ALL and DISCARD ALL are seen in the command tag and need none.
public enum NameEffect: Sendable, Equatable {
  case prepares(name: WireName, note: NoteReference?)
  case deallocates(name: WireName)
}

/// What the gate hangs on a prepared statement or portal: facts, text, translation, parameters, audit reference. The machine keeps
/// it alive and gives it back, and never looks inside.
public protocol StatementNote: AnyObject, Sendable {
  /// Parameters that the gate has added behind the client's: their types stay out of the client's ParameterDescription.
  var hiddenParameters: Int { get }
  /// The note of a portal of this statement; nil for this one itself.
  ///
  /// - Parameter bind: the Bind's body.
  func note(ofPortal bind: [UInt8]) -> (any StatementNote)?
  /// It goes to the server in another form than the client's, for what it names is masked.
  var isTranslated: Bool { get }
  /// Nothing but SELECTs that lock no rows and write nothing.
  var onlySelects: Bool { get }
  /// Whether the gate judges what the client sends for the statement's COPY FROM STDIN.
  var checksCopyIn: Bool { get }
  /// Bytes of memory that it keeps from being freed, about.
  var footprintBytes: Int { get }
}

extension StatementNote {
  public var footprintBytes: Int { 0 }
  public var checksCopyIn: Bool { false }
  public var isTranslated: Bool { false }
  public var onlySelects: Bool { false }
  public var hiddenParameters: Int { 0 }
  public func note(ofPortal bind: [UInt8]) -> (any StatementNote)? { nil }
}

/// A note, compared by identity.
public struct NoteReference: Sendable, Equatable {
  public let note: any StatementNote
  public init(_ note: any StatementNote) { self.note = note }
  public static func == (left: NoteReference, right: NoteReference) -> Bool { left.note === right.note }
}

/// A statement of our own, one that returns few short rows. Prefer `SHOW`, which takes no snapshot, so that `SET TRANSACTION`
/// behind it still works.
public struct HiddenQuery: Sendable, Equatable {
  /// Chosen by the gate; comes back in `HiddenAnswer`.
  public var id: UInt64
  public var sql: String

  public init(id: UInt64, sql: String) {
    self.id = id
    self.sql = sql
  }
}
