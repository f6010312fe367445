import PostgresWire

/// PostgreSQL's protocol loop (postgres.c), as far as a client can see it, over a toy language: what a session's answers must be.
/// A text is commands joined by `;`. `refuse` stands for what the gate refuses: put in front of this model alone it fails as the
/// gate would, so the answers with and without the proxy must be the same, byte for byte.
final class ModelBackend {
  static let refusal = ErrorResponse(.error, .insufficientPrivilege, "refused by rule r")

  var input: [UInt8] = []
  /// Flushed output; what is not flushed the client cannot see.
  private(set) var output: [UInt8] = []
  private var buffered = WireWriter()
  private var status = TransactionStatus.idle
  private var skips = false
  private var statements: [WireName: String] = [:]
  private var portals: [WireName: (text: String, done: Int)] = [:]
  private var copying: Copying?
  private(set) var isDead = false
  /// Texts that ran, for the tests of what must never run.
  private(set) var ran: [String] = []

  private struct Copying {
    var isQuery: Bool
    var rest: [String]
    var failsAtData: Bool
    var count = 0
  }

  private struct Failure: Error { var response: ErrorResponse }

  func takeOutput() -> [UInt8] {
    defer { output = [] }
    return output
  }

  private func send(_ write: (inout WireWriter) -> Void) { write(&buffered) }
  private func flush() {
    output += buffered.bytes
    buffered = WireWriter()
  }

  /// Reads one message. False when there is none.
  func step() -> Bool {
    guard !isDead, let message = SessionHarness.take(&input, .client) else { return false }
    let body = unsafe message.span.bytes.extracting(droppingFirst: 5)
    if copying != nil {
      copyMessage(message[0], body.byteCount)
      return true
    }
    let type = message[0]
    if type == Sync.type {
      skips = false
      ready()
      return true
    }
    if type == Terminate.type {
      isDead = true
      return true
    }
    if skips { return true }
    do {
      switch type {
      case Query.type: try query(String(decoding: try Query.decode(body).text, as: UTF8.self))
      case Parse.type: try parse(try Parse.decode(body))
      case Bind.type: try bind(try Bind.decode(body))
      case Describe.type: try describe(try Describe.decode(body).object)
      case Execute.type: try execute(try Execute.decode(body))
      case Close.type:
        switch try Close.decode(body).object {
        case .statement(let name): statements[name] = nil
        case .portal(let name): portals[name] = nil
        }
        send { CloseComplete().encode(into: &$0) }
      case Flush.type: flush()
      case CopyData.type, CopyDone.type, CopyFail.type: break
      default: fatalError("the model does not know type \(type)")
      }
    } catch let failure as Failure {
      fail(failure.response, isQuery: type == Query.type)
    } catch { fatalError("\(error)") }
    return true
  }

  private func fail(_ error: ErrorResponse, isQuery: Bool) {
    send { error.encode(into: &$0) }
    flush()
    if status == .block { status = .failed }
    if isQuery { ready() } else { skips = true }
  }

  private func ready() {
    if status == .idle { portals = [:] }
    let status = status
    send { ReadyForQuery(status).encode(into: &$0) }
    flush()
  }

  private func check(_ text: String) throws {
    let commands = Self.commands(text)
    if commands.contains("refuse") { throw Failure(response: Self.refusal) }
    for command in commands where !Self.isKnown(command) {
      throw Failure(response: ErrorResponse(.error, .syntaxError, "syntax error"))
    }
    if status == .failed, let first = commands.first, first != "rollback", first != "commit" {
      throw Failure(response: ErrorResponse(.error, .inFailedSQLTransaction, "current transaction is aborted"))
    }
  }

  private static func commands(_ text: String) -> [String] {
    text.split(separator: ";").map { $0.trimming() }.filter { !$0.isEmpty }
  }

  private static func isKnown(_ command: String) -> Bool {
    let words = ["select", "insert", "begin", "commit", "rollback", "fail", "copyin", "copyfail", "copyout", "show", "noexec"]
    return words.contains(String(command.split(separator: " ")[0]))
  }

  private func query(_ text: String) throws {
    statements[.unnamed] = nil
    portals[.unnamed] = nil
    try check(text)
    let commands = Self.commands(text)
    if commands.isEmpty { send { EmptyQueryResponse().encode(into: &$0) } }
    if try run(commands, isQuery: true) { ready() }
  }

  /// False when a COPY waits for data.
  private func run(_ commands: [String], isQuery: Bool) throws -> Bool {
    for (index, command) in commands.enumerated() {
      if status == .failed, command != "rollback", command != "commit" {
        throw Failure(response: ErrorResponse(.error, .inFailedSQLTransaction, "current transaction is aborted"))
      }
      ran.append(command)
      let words = command.split(separator: " ")
      let number = words.count > 1 ? Int(words[1]) ?? 0 : 0
      switch words[0] {
      case "select", "show":
        if isQuery { send { RowDescription(columns: [.init(name: [0x61], typeOID: 25)]).encode(into: &$0) } }
        let rows = words[0] == "show" ? 1 : number
        for row in 0..<rows { send { DataRow([Array("\(row)".utf8)]).encode(into: &$0) } }
        complete(words[0] == "show" ? "SHOW" : "SELECT \(rows)")
      case "begin":
        status = .block
        complete("BEGIN")
      case "commit", "rollback":
        complete(status == .failed ? "ROLLBACK" : command.uppercased())
        status = .idle
        portals = [:]
      case "fail": throw Failure(response: ErrorResponse(.error, .uniqueViolation, "duplicate key"))
      case "copyout":
        send { CopyResponse(.out).encode(into: &$0) }
        for row in 0..<number { send { CopyData(Array("\(row)\n".utf8)).encode(into: &$0) } }
        send { CopyDone().encode(into: &$0) }
        complete("COPY \(number)")
      case "copyin", "copyfail":
        send { CopyResponse(.into).encode(into: &$0) }
        flush()
        copying = Copying(isQuery: isQuery, rest: Array(commands[(index + 1)...]), failsAtData: words[0] == "copyfail")
        return false
      default: complete("INSERT 0 1")
      }
    }
    return true
  }

  private func complete(_ tag: String) { send { CommandComplete(tag: tag).encode(into: &$0) } }

  private func copyMessage(_ type: UInt8, _ bytes: Int) {
    guard var copy = copying else { return }
    switch type {
    case CopyData.type:
      copy.count += 1
      copying = copy
      if copy.failsAtData {
        copying = nil
        fail(ErrorResponse(.error, SQLState("22P04")!, "bad copy data"), isQuery: copy.isQuery)
      }
    case CopyDone.type:
      copying = nil
      complete("COPY \(copy.count)")
      do {
        if try run(copy.rest, isQuery: copy.isQuery), copy.isQuery { ready() }
      } catch let failure as Failure { fail(failure.response, isQuery: copy.isQuery) } catch { fatalError("\(error)") }
    case CopyFail.type:
      copying = nil
      fail(ErrorResponse(.error, .queryCanceled, "COPY from stdin failed"), isQuery: copy.isQuery)
    case Sync.type, Flush.type: break
    default:
      send { ErrorResponse(.fatal, .protocolViolation, "unexpected message during COPY").encode(into: &$0) }
      flush()
      isDead = true
    }
  }

  private func parse(_ message: Parse) throws {
    let text = String(decoding: message.text, as: UTF8.self)
    if message.name.isUnnamed { statements[.unnamed] = nil }
    try check(text)
    guard message.name.isUnnamed || statements[message.name] == nil else {
      throw Failure(response: ErrorResponse(.error, .duplicatePreparedStatement, "exists"))
    }
    statements[message.name] = text
    send { ParseComplete().encode(into: &$0) }
  }

  private func bind(_ message: Bind) throws {
    guard let text = statements[message.statement] else {
      throw Failure(response: ErrorResponse(.error, .invalidSQLStatementName, "does not exist"))
    }
    try check(text)
    guard message.portal.isUnnamed || portals[message.portal] == nil else {
      throw Failure(response: ErrorResponse(.error, .duplicateCursor, "exists"))
    }
    portals[message.portal] = (text, 0)
    send { BindComplete().encode(into: &$0) }
  }

  private func describe(_ object: NamedObject) throws {
    let text: String
    switch object {
    case .statement(let name):
      guard let found = statements[name] else {
        throw Failure(response: ErrorResponse(.error, .invalidSQLStatementName, "does not exist"))
      }
      text = found
      send { ParameterDescription(typeOIDs: []).encode(into: &$0) }
    case .portal(let name):
      guard let found = portals[name] else {
        throw Failure(response: ErrorResponse(.error, .invalidCursorName, "does not exist"))
      }
      text = found.text
    }
    if text.hasPrefix("select") || text.hasPrefix("show") {
      send { RowDescription(columns: [.init(name: [0x61], typeOID: 25)]).encode(into: &$0) }
    } else {
      send { NoData().encode(into: &$0) }
    }
  }

  private func execute(_ message: Execute) throws {
    guard let portal = portals[message.portal] else {
      throw Failure(response: ErrorResponse(.error, .invalidCursorName, "does not exist"))
    }
    if portal.text.hasPrefix("noexec") { throw Failure(response: Self.refusal) }
    try check(portal.text)
    let commands = Self.commands(portal.text)
    guard let command = commands.first else { return send { EmptyQueryResponse().encode(into: &$0) } }
    if command.hasPrefix("select "), message.rowsMax > 0 {
      let total = Int(command.dropFirst(7)) ?? 0
      let upTo = min(total, portal.done + Int(message.rowsMax))
      for row in portal.done..<upTo { send { DataRow([Array("\(row)".utf8)]).encode(into: &$0) } }
      let sent = upTo - portal.done
      portals[message.portal]?.done = upTo
      if upTo < total || sent == Int(message.rowsMax) {
        send { PortalSuspended().encode(into: &$0) }
      } else {
        complete("SELECT \(sent)")
      }
      return
    }
    _ = try run([command], isQuery: false)
  }
}

extension Substring {
  fileprivate func trimming() -> String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
