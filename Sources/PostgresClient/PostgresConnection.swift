import CPostgres

/// One connection to a PostgreSQL server by libpq: blocking, and confined to whoever owns it (it is not `Sendable`; hand it over
/// with `sending`, or keep it in an actor with a thread of its own). Another thread may end what it waits for by `canceller`.
@safe public final class PostgresConnection {
  private let handle: OpaquePointer
  private let notices: NoticeBox
  /// Statements that the server keeps parsed and planned, by text.
  private var prepared: [String: String] = [:]

  /// Connects and logs in.
  ///
  /// Throws `PostgresError` (`28P01` wrong password, `08001` not reached, others as the server says) and whatever `password` throws.
  public init(_ parameters: ConnectionParameters, password: PasswordLender? = nil) throws {
    let deadline = LibPQ.now + parameters.connectSecondsMax * 1000
    var keywords = parameters.keywords
    keywords["client_encoding"] = "UTF8"
    unsafe handle = try LibPQ.connectStart(keywords, password: password)
    notices = NoticeBox()
    unsafe notices.attach(to: handle)
    // All members are set: when this throws, deinit runs and closes the handle.
    unsafe try LibPQ.finishConnecting(handle, deadline: deadline)
  }

  deinit { unsafe PQfinish(handle) }

  /// Runs one statement; values go apart from the text, as `$1`, in text form (nil is NULL).
  ///
  /// - Parameter timeoutMilliseconds: how long to wait for the answer. When it is over the error is `08006` and the connection is
  ///   of no more use: what the statement did is unknown.
  @discardableResult
  public func query(
    _ sql: String, _ parameters: [String?] = [], timeoutMilliseconds: Int? = nil
  ) throws(PostgresError) -> PostgresResult {
    unsafe try LibPQ.send(handle, sql, parameters)
    return unsafe try LibPQ.receive(handle, deadline: timeoutMilliseconds.map { LibPQ.now + $0 })
  }

  /// As `query`, but the server parses and plans the text once for this connection. For the few statements that run often; each one
  /// is kept until the connection is closed.
  public func queryPrepared(
    _ sql: String, _ parameters: [String?] = [], timeoutMilliseconds: Int? = nil
  ) throws(PostgresError) -> PostgresResult {
    let deadline = timeoutMilliseconds.map { LibPQ.now + $0 }
    let name: String
    if let known = prepared[sql] {
      name = known
    } else {
      name = "s\(prepared.count)"
      unsafe try LibPQ.sendPrepare(handle, name: name, sql)
      _ = unsafe try LibPQ.receive(handle, deadline: deadline)
      prepared[sql] = name
    }
    unsafe try LibPQ.send(handle, name, parameters, prepared: true)
    return unsafe try LibPQ.receive(handle, deadline: deadline)
  }

  /// Runs a script of several statements (files of sql/) in one implicit transaction, unless it has BEGIN and COMMIT of its own.
  /// The result is the last statement's.
  @discardableResult
  public func execute(script: String, timeoutMilliseconds: Int? = nil) throws(PostgresError) -> PostgresResult {
    unsafe try LibPQ.send(handle, script: script)
    return unsafe try LibPQ.receive(handle, deadline: timeoutMilliseconds.map { LibPQ.now + $0 })
  }

  /// Runs a statement that takes no parameters, its names and constants quoted.
  @discardableResult
  public func execute(_ statement: UtilityStatement) throws(PostgresError) -> PostgresResult {
    try query(statement.text)
  }

  /// Runs `body` between BEGIN and COMMIT; rolls back when it throws.
  public func transaction<Value>(_ body: () throws -> Value) throws -> Value {
    try query("BEGIN")
    let value: Value
    do {
      value = try body()
    } catch {
      // The first error is the one to tell; a rollback fails only when the connection is gone, which rolls back as well.
      _ = try? query("ROLLBACK")
      throw error
    }
    try query("COMMIT")
    return value
  }

  /// Messages of `LISTEN`ed channels. Returns at once when some are there already; else waits up to `waitMilliseconds` (0 only
  /// looks, nil waits for ever) or until `waking` is readable, and may return none.
  public func notifications(waitMilliseconds: Int?, waking: Int32? = nil) throws(PostgresError) -> [PostgresNotification] {
    let deadline = waitMilliseconds.map { LibPQ.now + $0 }
    while true {
      guard unsafe PQconsumeInput(handle) == 1 else { throw unsafe LibPQ.lost(handle) }
      var found: [PostgresNotification] = []
      while let next = unsafe LibPQ.notification(handle) { found.append(next) }
      if !found.isEmpty { return found }
      switch unsafe LibPQ.wait(PQsocket(handle), for: LibPQ.readable, until: deadline, waking: waking) {
      case .ready: continue
      case .woken, .timedOut: return []
      }
    }
  }

  /// Warnings and notices since the last call. A GRANT that granted nothing is one (`01007`), not an error.
  public func takeNotices() -> [PostgresError] {
    defer { notices.received = [] }
    return notices.received
  }

  /// Whether libpq still holds the connection for good. False is certain; true may be stale.
  public var isOpen: Bool { unsafe PQstatus(handle) == CONNECTION_OK }

  /// Whether a transaction is open or failed.
  public var isInTransaction: Bool { unsafe PQtransactionStatus(handle) != PQTRANS_IDLE }

  /// The backend's process id, as in `pg_stat_activity.pid`.
  public var backendProcessID: Int32 { unsafe PQbackendPID(handle) }

  /// The server's version as 150020 for 15.20.
  public var serverVersion: Int { Int(unsafe PQserverVersion(handle)) }

  /// The socket, for an event loop to watch. Owned by the connection.
  public var descriptor: Int32 { unsafe PQsocket(handle) }

  /// Ends a running statement from another thread. It outlives the connection harmlessly.
  public var canceller: PostgresCanceller { unsafe PostgresCanceller(PQgetCancel(handle)) }
}

/// Asks the server to end what a connection runs (manual 34.7).
@safe public final class PostgresCanceller: @unchecked Sendable {
  // PQcancel may be called from any thread on a PGcancel that nobody changes; this one is made once and freed once.
  private let cancel: OpaquePointer?

  fileprivate init(_ cancel: OpaquePointer?) { unsafe self.cancel = unsafe cancel }
  deinit { unsafe PQfreeCancel(cancel) }

  /// Sends the request over a connection of its own. Throws `08006` when it could not be sent; whether it came in time shows only
  /// in the statement's outcome (`57014`).
  public func callAsFunction() throws(PostgresError) {
    var text = [CChar](repeating: 0, count: 256)
    guard unsafe PQcancel(cancel, &text, Int32(text.count)) == 1 else {
      throw PostgresError(sqlState: .connectionFailure, message: "the cancel request could not be sent", hint: "try again")
    }
  }
}

/// Where libpq puts notices; a box of its own because a C callback holds it.
private final class NoticeBox {
  var received: [PostgresError] = []

  func attach(to handle: OpaquePointer) {
    // Unretained: the connection owns the box and outlives every call that can run the callback.
    unsafe PQsetNoticeReceiver(
      handle,
      { box, result in
        guard let box = unsafe box else { return }
        // A flood of notices is a peer's doing: keep the first thousand.
        let notices = unsafe Unmanaged<NoticeBox>.fromOpaque(box).takeUnretainedValue()
        if notices.received.count < 1000 { notices.received.append(unsafe LibPQ.error(of: result)) }
      }, Unmanaged.passUnretained(self).toOpaque())
  }
}
