import PostgresWire

/// What to do with a message of the client, said from its first five bytes.
public enum ClientRoute: Sendable, Equatable {
  /// Stream it to the backend; the machine does not see it again.
  case forward
  /// Read and forget it.
  case drop
  /// Gather the body, then call `client(_:body:)`.
  case gather
  /// Gather this many bytes of the body, then call `client(_:body:)` with them.
  case gatherHead(Int)
  /// The peer broke the protocol, or a limit was reached: forget the message and carry out the actions.
  case stop
}

/// What to do with a message of the backend, said from its first five bytes.
public enum ServerRoute: Sendable, Equatable {
  /// Stream it to the client; the machine does not see it again.
  case forward
  /// Read and forget it.
  case drop
  /// Gather the body, then call `server(_:body:)`.
  case gather
  /// Gather this many bytes of the body, then call `server(_:body:)` with them; what forwards the message means all of it.
  case gatherHead(Int)
  /// Pass it through the guard, which may rewrite it, on its way to the client; the machine does not see it again. The statement
  /// that it answers is `answering`.
  case examine
  /// A limit was reached or the backend broke the protocol: forget the message and carry out the actions.
  case stop
}

/// Names one run of a statement: a Query, or an Execute. Unique in a session, rising.
public struct ExecutionID: Sendable, Hashable, Comparable {
  public let number: UInt64
  public static func < (left: Self, right: Self) -> Bool { left.number < right.number }
}

/// One step for the I/O side. In order; each is complete before the next.
public enum SessionAction: Sendable, Equatable {
  // Startup and login.

  /// Send the one byte `S` (then start the TLS handshake, and hand in `.tlsEstablished`) or `N`.
  case answerEncryption(UInt8)
  /// The connection asks to cancel another session; no answer, close it.
  case cancelRequested(CancelKey)
  /// Ask the issuer (ProxyLoginBegin).
  indirect case beginLogin(LoginAttempt)
  /// Ask the issuer (ProxyLoginProof).
  case proveLogin(clientFinal: String)
  /// Open a connection to the server, TLS first where configured.
  case connectBackend
  /// Make the client's cancel key, of the backend's process number and a random secret of so many bytes (4 for protocol 3.0, more
  /// for 3.2), and hand in `.cancelKey` at once.
  case makeCancelKey(processID: UInt32, secretBytes: Int)
  /// The session stands: the backend's own key, for CancelRequests from the client and from us. Nil if the server gave none.
  case established(backendKey: CancelKey?)

  // Relay.

  /// Send the client's message at hand to the backend, as it came.
  case forwardToBackend
  /// Send these bytes, a whole message, to the backend in place of the client's message at hand.
  case forwardReplaced([UInt8])
  /// Forget the client's message at hand.
  case dropFromClient
  /// Send the backend's message at hand to the client, as it came.
  case forwardToClient
  /// Send the backend's message at hand to the client through the guard, which may rewrite it.
  case examineToClient(Examined)
  /// Show the backend's message at hand to the guard; the client does not get it (a RowDescription that we asked for).
  case examineOnly(Examined)
  /// Bytes of our own: whole messages.
  case sendToBackend([UInt8])
  case sendToClient([UInt8])

  // Gate and audit.

  /// Decide, write the audit record, then hand in `.judged`. Ranges are offsets into the body of the client's message at hand.
  case judge(StatementRequest)
  /// A statement came to its end, or to the end of a part: audit it before carrying out the next action.
  case record(StatementOutcome)
  /// The answer to a hidden query; `rows` is nil when it failed or could not be asked.
  case captured(id: UInt64, rows: [[[UInt8]?]]?)
  /// The transaction status that the client is being told; sent before its ReadyForQuery.
  case ready(TransactionStatus)

  // The end.

  /// Send a CancelRequest with the backend's key on a connection of its own; hand in `.cancelDelivered` when that one is closed.
  case cancelBackend
  /// Close the backend's socket (after what was sent).
  case closeBackend
  /// Flush and close the client's socket.
  case closeClient
}

/// A client that opened a SCRAM exchange.
public struct LoginAttempt: Sendable, Equatable {
  public var user: String
  public var database: String
  public var clientFirst: String
  public var plus: Bool
  /// As given by `.tlsEstablished`; nil without TLS.
  public var channelBinding: [UInt8]?
}

/// What the guard is shown.
public enum Examined: Sendable, Equatable {
  /// `execution` is the statement that will produce such rows; nil for a Describe of a statement or portal. `note` is that of the
  /// statement or portal described.
  case rowDescription(execution: ExecutionID?, note: NoteReference?)
  case parameterStatus
  case notice
  case notification
  /// An ErrorResponse that ends `execution`, if it was one.
  case error(execution: ExecutionID?)
}

/// What the gate decides about. Small, since each is handed on several times; names are in the message.
public enum StatementRequest: Sendable, Equatable {
  /// A simple Query.
  case query(ExecutionID, text: Range<Int>)
  /// A fast-path call of the function with this OID.
  case functionCall(ExecutionID, function: UInt32)
  case parse(text: Range<Int>)
  /// `statement` is the note that Parse's approval brought; nil for a name that the machine does not know (SQL-level PREPARE that
  /// brought no `NameEffect`, or none at all). `isHead`: only the body's beginning is at hand (`.gatherHead`).
  case bind(statement: NoteReference?, isHead: Bool)
  /// `portal` is the note that Bind's approval brought, else its statement's; nil for a portal that the machine does not know (an
  /// SQL-level cursor).
  case execute(ExecutionID, portal: NoteReference?)
  /// Data of a COPY FROM STDIN whose statement's note asks for them (`checksCopyIn`), or their end: the body is of CopyData, or of
  /// CopyDone.
  case copyData(CopyAtHand, isEnd: Bool)
}

/// Whose data the client sends.
public struct CopyAtHand: Sendable, Equatable {
  public var execution: UInt64
  /// Of the statement or portal.
  public var note: NoteReference
  /// Brought by a Query, not by an Execute.
  public var isQuery: Bool
  /// How many COPY FROM STDIN of the same text came before.
  public var ordinal: Int
}

/// How a run of a statement ended. A Query of several statements reports each in turn, with the same id and a rising `part`;
/// when one fails, those behind it do not run and report nothing.
public struct StatementOutcome: Sendable, Equatable {
  public enum Result: Sendable, Equatable {
    /// The command tag, such as `UPDATE 5`.
    case completed(tag: String)
    /// The text (or the rest of it) was empty.
    case empty
    /// Execute reached its row limit; the portal can go on.
    case suspended
    /// The backend's error.
    case failed(SQLState)
    /// It was cut by a limit, with the error that the client gets; `completed` when it had ended before the cancel reached it.
    case cut(SQLState, completed: Bool)
    /// It was approved but never ran: something before it failed, and PostgreSQL skips up to the next Sync.
    case skipped
    /// The session ended before the backend's answer came: nobody knows whether it took effect.
    case unknown
  }
  public var execution: ExecutionID
  /// 0 for the first statement of the text.
  public var part: Int
  public var result: Result
  /// DataRows, or CopyData to the client, sent by the statement.
  public var rows: UInt64
  /// Bytes of those messages; for COPY FROM STDIN those that came from the client.
  public var bytes: UInt64
  /// How often it was sent again after a deadlock that ended it before it began.
  public var retries: UInt8 = 0
}
