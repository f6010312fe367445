import CPostgres
import Glibc

/// The calls into libpq. All unsafe code of this target is in this file.
enum LibPQ {
  static func parse(conninfo: String) throws(PostgresError) -> [String: String] {
    var failure: UnsafeMutablePointer<CChar>?
    guard let options = unsafe PQconninfoParse(conninfo, &failure) else {
      // libpq's text can quote the string, and with it a password: say only that it is wrong.
      unsafe PQfreemem(failure)
      throw PostgresError(
        sqlState: .invalidParameterValue, message: "the connection string cannot be parsed",
        hint: "write it as postgres://user@host:port/database or as host=... port=... dbname=... user=...")
    }
    defer { unsafe PQconninfoFree(options) }
    var found: [String: String] = [:]
    var option = unsafe options
    while let keyword = unsafe option.pointee.keyword {
      if let value = unsafe option.pointee.val { found[unsafe String(cString: keyword)] = unsafe String(cString: value) }
      unsafe option += 1
    }
    return found
  }

  /// Begins connecting. The password's copy made here is wiped before this returns.
  static func connectStart(_ keywords: [String: String], password: PasswordLender?) throws -> OpaquePointer {
    var names: [UnsafePointer<CChar>?] = unsafe []
    var values: [UnsafePointer<CChar>?] = unsafe []
    var owned: [UnsafeMutablePointer<CChar>] = unsafe []
    defer { for index in unsafe owned.indices { unsafe free(owned[index]) } }
    func add(_ name: String, _ value: UnsafePointer<CChar>) throws(PostgresError) {
      guard let name = unsafe strdup(name) else { throw outOfMemory }
      unsafe owned.append(name)
      unsafe names.append(UnsafePointer(name))
      unsafe values.append(value)
    }
    for (name, value) in keywords {
      guard let value = unsafe strdup(value) else { throw outOfMemory }
      unsafe owned.append(value)
      unsafe try add(name, UnsafePointer(value))
    }
    func start() throws(PostgresError) -> OpaquePointer {
      unsafe names.append(nil)
      unsafe values.append(nil)
      guard let connection = unsafe PQconnectStartParams(names, values, 0) else { throw outOfMemory }
      return unsafe connection
    }
    guard let password else { return unsafe try start() }
    var connection: OpaquePointer?
    try password { bytes in
      let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count + 1)
      unsafe copy.initialize(repeating: 0, count: bytes.count + 1)
      for index in bytes.indices { unsafe copy[index] = CChar(bitPattern: bytes[index]) }
      defer {
        unsafe explicit_bzero(copy, bytes.count + 1)
        unsafe copy.deallocate()
      }
      unsafe try add("password", UnsafePointer(copy))
      unsafe connection = unsafe try start()
    }
    guard let connection = unsafe connection else {
      throw PostgresError(sqlState: .invalidPassword, message: "no password was lent for the connection")
    }
    return unsafe connection
  }

  /// Polls until connected or `deadline` (milliseconds of the monotonic clock).
  static func finishConnecting(_ connection: OpaquePointer, deadline: Int) throws(PostgresError) {
    // The server's SQLSTATE of a refused login is told only in the verbose form of the text.
    unsafe PQsetErrorVerbosity(connection, PQERRORS_VERBOSE)
    var state = PGRES_POLLING_WRITING
    while true {
      switch state {
      case PGRES_POLLING_OK:
        unsafe PQsetErrorVerbosity(connection, PQERRORS_DEFAULT)
        return
      case PGRES_POLLING_READING, PGRES_POLLING_WRITING:
        let events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT
        guard unsafe wait(PQsocket(connection), for: events, until: deadline, waking: nil) != .timedOut else {
          throw PostgresError(
            sqlState: .cannotConnect, message: "the server did not answer in time",
            hint: "check host, port and firewall, or raise the connect timeout")
        }
      default:
        throw unsafe connectError(connection)
      }
      state = unsafe PQconnectPoll(connection)
    }
  }

  private static func connectError(_ connection: OpaquePointer) -> PostgresError {
    let text = unsafe String(cString: PQerrorMessage(connection)).trimmed
    // `FATAL:  28P01: password authentication failed ...`: with several hosts the last one counts.
    let server = text.matches(of: /:  (?<code>[0-9A-Z]{5}): (?<message>[^\n]*)/).last
    // `LOCATION:  ClientAuthentication, auth.c:535`, the word itself translated.
    let place = text.matches(of: /(?<routine>[A-Za-z_0-9]+), [a-z_]+\.c:[0-9]+/).last
    return PostgresError(
      sqlState: server.map { SQLState(String($0.code)) } ?? .cannotConnect, message: server.map { String($0.message) } ?? text,
      hint: server == nil ? "check that the server runs and is reached at this address" : nil,
      routine: server == nil ? nil : place.map { String($0.routine) })
  }

  /// `sql` is the name of a prepared statement when `prepared` is true.
  static func send(
    _ connection: OpaquePointer, _ sql: String, _ parameters: [String?], prepared: Bool = false
  ) throws(PostgresError) {
    try check(text: sql)
    var copies: [UnsafePointer<CChar>?] = unsafe []
    defer { for index in unsafe copies.indices { unsafe free(UnsafeMutablePointer(mutating: copies[index])) } }
    for parameter in parameters {
      guard let parameter else {
        unsafe copies.append(nil)
        continue
      }
      try check(text: parameter)
      guard let copy = unsafe strdup(parameter) else { throw outOfMemory }
      unsafe copies.append(UnsafePointer(copy))
    }
    let sent =
      prepared
      ? unsafe PQsendQueryPrepared(connection, sql, Int32(copies.count), copies, nil, nil, 0)
      : unsafe PQsendQueryParams(connection, sql, Int32(copies.count), nil, copies, nil, nil, 0)
    guard sent == 1 else { throw unsafe lost(connection) }
  }

  static func sendPrepare(_ connection: OpaquePointer, name: String, _ sql: String) throws(PostgresError) {
    try check(text: sql)
    guard unsafe PQsendPrepare(connection, name, sql, 0, nil) == 1 else { throw unsafe lost(connection) }
  }

  static func send(_ connection: OpaquePointer, script: String) throws(PostgresError) {
    try check(text: script)
    guard unsafe PQsendQuery(connection, script) == 1 else { throw unsafe lost(connection) }
  }

  /// All results of what was sent; the last one is returned, the first error is thrown after the rest has been read.
  static func receive(_ connection: OpaquePointer, deadline: Int?) throws(PostgresError) -> PostgresResult {
    var last = PostgresResult(columns: [], rows: [], commandTag: "")
    var failure: PostgresError?
    while true {
      while unsafe PQisBusy(connection) == 1 {
        let unsent = unsafe PQflush(connection)
        guard unsent >= 0 else { throw unsafe lost(connection) }
        let events = unsent == 1 ? POLLIN | POLLOUT : POLLIN
        guard unsafe wait(PQsocket(connection), for: events, until: deadline, waking: nil) != .timedOut else {
          throw PostgresError(
            sqlState: .connectionFailure, message: "the server did not answer the statement in time",
            hint: "the connection is closed; the outcome of the statement is unknown, ask again")
        }
        // When the server hung up, why is in the result that was read before (57P01): PQgetResult has it, and no longer waits.
        if unsafe PQconsumeInput(connection) == 0 { break }
      }
      guard let result = unsafe PQgetResult(connection) else { break }
      defer { unsafe PQclear(result) }
      switch unsafe PQresultStatus(result) {
      case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: last = unsafe copy(result)
      case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
        throw PostgresError(sqlState: "0A000", message: "COPY is not spoken on this connection", hint: "use psql")
      default:
        if failure == nil { failure = unsafe error(of: result) }
        if unsafe PQstatus(connection) == CONNECTION_BAD { throw unsafe failure ?? lost(connection) }
      }
    }
    if let failure { throw failure }
    return last
  }

  static func notification(_ connection: OpaquePointer) -> PostgresNotification? {
    guard let message = unsafe PQnotifies(connection) else { return nil }
    defer { unsafe PQfreemem(message) }
    return unsafe PostgresNotification(
      channel: String(cString: message.pointee.relname), payload: String(cString: message.pointee.extra),
      processID: message.pointee.be_pid)
  }

  static func error(of result: OpaquePointer?) -> PostgresError {
    func field(_ code: iss_pg_diag) -> String? {
      unsafe PQresultErrorField(result, Int32(code.rawValue)).map { unsafe String(cString: $0) }
    }
    return unsafe PostgresError(
      sqlState: SQLState(field(ISS_PG_DIAG_SQLSTATE) ?? SQLState.connectionFailure.code),
      message: field(ISS_PG_DIAG_MESSAGE_PRIMARY) ?? String(cString: PQresultErrorMessage(result)).trimmed,
      detail: field(ISS_PG_DIAG_MESSAGE_DETAIL), hint: field(ISS_PG_DIAG_MESSAGE_HINT),
      constraint: field(ISS_PG_DIAG_CONSTRAINT_NAME), context: field(ISS_PG_DIAG_CONTEXT))
  }

  static func lost(_ connection: OpaquePointer) -> PostgresError {
    PostgresError(
      sqlState: .connectionFailure, message: unsafe String(cString: PQerrorMessage(connection)).trimmed,
      hint: "connect again; the outcome of the statement is unknown")
  }

  private static func copy(_ result: OpaquePointer) -> PostgresResult {
    let width = unsafe PQnfields(result)
    let columns = (0..<width).map { unsafe String(cString: PQfname(result, $0)) }
    let rows = (0..<(unsafe PQntuples(result))).map { row in
      PostgresRow(
        columns: columns,
        values: (0..<width).map { column in
          unsafe PQgetisnull(result, row, column) == 1 ? nil : String(cString: PQgetvalue(result, row, column))
        })
    }
    return PostgresResult(columns: columns, rows: rows, commandTag: unsafe String(cString: PQcmdStatus(result)))
  }

  private static func check(text: String) throws(PostgresError) {
    // A C string ends at a NUL: the rest would be lost silently.
    guard !text.utf8.contains(0) else {
      throw PostgresError(sqlState: "22021", message: "PostgreSQL text cannot hold a NUL", hint: "leave the NUL out")
    }
  }

  private static let outOfMemory = PostgresError(sqlState: "53200", message: "out of memory in the client")
}

extension LibPQ {
  static let readable = POLLIN

  enum Wait { case ready, woken, timedOut }

  /// Milliseconds of the monotonic clock.
  static var now: Int {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Int(time.tv_sec) * 1000 + Int(time.tv_nsec) / 1_000_000
  }

  /// Waits for a descriptor. `waking` becoming readable ends the wait early; a nil deadline waits for ever.
  static func wait(_ descriptor: Int32, for events: Int32, until deadline: Int?, waking: Int32?) -> Wait {
    var watched = [pollfd(fd: descriptor, events: Int16(events), revents: 0)]
    if let waking { watched.append(pollfd(fd: waking, events: Int16(POLLIN), revents: 0)) }
    while true {
      let left = deadline.map { Int32(clamping: max(0, $0 - now)) } ?? -1
      let count = unsafe poll(&watched, nfds_t(watched.count), left)
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { return count == 0 ? .timedOut : .ready }
      return watched[0].revents != 0 ? .ready : .woken
    }
  }
}

extension String {
  /// Without the newline that libpq ends its texts with.
  fileprivate var trimmed: String {
    var text = Substring(self)
    while text.last?.isNewline == true { text.removeLast() }
    return String(text)
  }
}
