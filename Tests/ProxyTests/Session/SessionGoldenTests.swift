import PostgresWire
import Testing

@testable import Proxy

/// One rule a test, one message a line.
struct SessionGoldenTests {
  typealias H = SessionHarness
  static let refusal = ErrorResponse(.error, .insufficientPrivilege, "refused by rule r", hint: "ask")

  /// The client sends; the machine takes all that it accepts.
  func client(_ harness: H, _ write: (inout WireWriter) -> Void) {
    harness.fromClient += H.bytes(write)
    while harness.stepClient() {}
  }

  func approve(_ harness: H, _ approval: Approval = .init()) {
    harness.judge(.approved(approval))
    while harness.stepClient() {}
  }

  func query(_ text: String) -> (inout WireWriter) -> Void { { Query(text).encode(into: &$0) } }

  @Test func `a login is told from first byte to ReadyForQuery`() throws {
    let harness = H()
    harness.logInClient(LoginFixture.grant())
    #expect(
      try harness.clientLines() == [
        "AuthenticationSASL SCRAM-SHA-256", "AuthenticationSASLContinue <secret>", "AuthenticationSASLFinal <secret>",
      ])
    #expect(harness.actions.contains(.connectBackend))
    try harness.logInBackend()
    #expect(harness.toClient.contains(H.bytes { BackendKeyData(LoginFixture.clientKey).encode(into: &$0) }))
    #expect(
      try harness.clientLines() == [
        "AuthenticationOk", "ParameterStatus client_encoding", "BackendKeyData <secret>", "ReadyForQuery I",
      ])
    #expect(harness.actions.contains(.makeCancelKey(processID: LoginFixture.backendKey.processID, secretBytes: 4)))
    #expect(harness.actions.contains(.established(backendKey: LoginFixture.backendKey)))
    #expect(harness.machine.isEstablished && !harness.machine.settings.readsTextAsParsed)
    // The backend's startup packet is rebuilt: the lease's role and database, the client's other settings.
    let packet = harness.toBackend
    let startup = try StartupPacket.decode(unsafe packet.span.bytes.extracting(4..<Int(packet[3])))
    #expect(
      startup
        == .startup(
          StartupMessage(parameters: [.init("user", "jit_a_1"), .init("database", "shop"), .init("application_name", "psql")])))
  }

  @Test func `a statement waits for its judgement and its outcome is recorded before the client hears of it`() throws {
    let harness = try H.established()
    client(harness, query("select 1"))
    #expect(harness.toBackend.isEmpty && !harness.machine.acceptsClient)
    #expect(harness.judgements[0].text == "select 1")
    approve(harness)
    #expect(try harness.backendLines() == ["Query <8 bytes>"])
    harness.actions = []
    harness.server { RowDescription(columns: [.init(name: [0x61], typeOID: 25)]).encode(into: &$0) }
    harness.server { DataRow([[0x31]]).encode(into: &$0) }
    harness.server { CommandComplete(tag: "SELECT 1").encode(into: &$0) }
    harness.server { ReadyForQuery(.block).encode(into: &$0) }
    let outcome = StatementOutcome(
      execution: ExecutionID(number: 1), part: 0, result: .completed(tag: "SELECT 1"), rows: 1, bytes: 7)
    #expect(harness.actions == [.record(outcome), .forwardToClient, .ready(.block), .forwardToClient])
    #expect(
      try harness.clientLines() == [
        "RowDescription 1 columns", "DataRow 1 values", "CommandComplete SELECT 1", "ReadyForQuery T",
      ])
    #expect(harness.machine.status == .block)
  }

  @Test func `while the client's CancelRequest is on its way to the server its next statement waits`() throws {
    let harness = try H.established()
    harness.handle(.cancelBegins)
    harness.handle(.cancelBegins)
    client(harness, query("select 1"))
    #expect(harness.judgements.isEmpty && !harness.machine.acceptsClient)
    harness.handle(.cancelDelivered)
    #expect(harness.machine.acceptsClient == false)
    harness.handle(.cancelDelivered)
    while harness.stepClient() {}
    #expect(harness.judgements.map(\.text) == ["select 1"])
  }

  @Test func `a translation is sent in place of the client's text, and keeps Parse's types`() throws {
    let harness = try H.established()
    client(harness) { Parse(name: "s", text: Array("a".utf8), parameterTypes: [23]).encode(into: &$0) }
    approve(harness, Approval(replacement: Array("longer".utf8)))
    let message = harness.toBackend
    let sent = try Parse.decode(unsafe message.span.bytes.extracting(droppingFirst: 5))
    #expect(sent == Parse(name: "s", text: Array("longer".utf8), parameterTypes: [23]))
  }

  @Test func `a refusal outside a transaction does not reach the backend`() throws {
    let harness = try H.established()
    client(harness, query("drop table t"))
    harness.judge(.refused(Self.refusal))
    #expect(try harness.clientLines() == ["ErrorResponse ERROR 42501", "ReadyForQuery I"])
    #expect(harness.toBackend.isEmpty && harness.machine.isIdle)
  }

  @Test func `a refusal inside a transaction block fails the block`() throws {
    let harness = try H.established()
    client(harness, query("begin"))
    approve(harness)
    harness.server { CommandComplete(tag: "BEGIN").encode(into: &$0) }
    harness.server { ReadyForQuery(.block).encode(into: &$0) }
    _ = try harness.backendLines()
    _ = try harness.clientLines()
    client(harness, query("drop table t"))
    harness.judge(.refused(Self.refusal))
    #expect(harness.toBackend == Poison.query && harness.toClient.isEmpty)
    harness.server { ErrorResponse(.error, .syntaxError, "syntax error").encode(into: &$0) }
    harness.server { ReadyForQuery(.failed).encode(into: &$0) }
    #expect(harness.toClient.starts(with: Self.refusal.bytes))
    #expect(try harness.clientLines() == ["ErrorResponse ERROR 42501", "ReadyForQuery E"])
  }

  @Test func `a refused Execute in a pipeline answers in its place and everything behind it is skipped`() throws {
    let harness = try H.established()
    client(harness) {
      Parse(name: .unnamed, text: [0x61]).encode(into: &$0)
      Bind().encode(into: &$0)
      Execute().encode(into: &$0)
      Execute().encode(into: &$0)
      Bind().encode(into: &$0)
      Sync().encode(into: &$0)
    }
    approve(harness)
    approve(harness)
    approve(harness)
    harness.judge(.refused(Self.refusal))
    while harness.stepClient() {}
    #expect(
      try harness.backendLines() == [
        "Parse \"\" <1 bytes>", "Bind \"\" \"\" 0 parameters", "Execute \"\" 0",
        "Parse \"issuer refused\" <\(Poison.text.utf8.count) bytes>", "Sync",
      ])
    #expect(harness.toClient.isEmpty)
    harness.server { ParseComplete().encode(into: &$0) }
    harness.server { BindComplete().encode(into: &$0) }
    harness.server { CommandComplete(tag: "INSERT 0 1").encode(into: &$0) }
    harness.server { ErrorResponse(.error, .syntaxError, "syntax error").encode(into: &$0) }
    harness.server { ReadyForQuery(.idle).encode(into: &$0) }
    #expect(
      try harness.clientLines() == [
        "ParseComplete", "BindComplete", "CommandComplete INSERT 0 1", "ErrorResponse ERROR 42501", "ReadyForQuery I",
      ])
    #expect(harness.machine.isIdle == true)
  }

  @Test func `a statement approved behind a failure is recorded as skipped and not sent`() throws {
    let harness = try H.established()
    client(harness) {
      Parse(name: .unnamed, text: [0x61]).encode(into: &$0)
      Bind().encode(into: &$0)
      Execute().encode(into: &$0)
    }
    approve(harness)
    approve(harness)
    harness.server { ErrorResponse(.error, .syntaxError, "syntax error").encode(into: &$0) }
    approve(harness)
    #expect(harness.outcomes.map(\.result) == [.skipped])
    #expect(try harness.backendLines() == ["Parse \"\" <1 bytes>", "Bind \"\" \"\" 0 parameters"])
  }

  @Test func `too many rows cut the statement and the session goes on`() throws {
    let harness = try H.established(limits: .init(rowsMax: 2))
    client(harness, query("select 9"))
    approve(harness)
    harness.server { RowDescription(columns: []).encode(into: &$0) }
    _ = try harness.clientLines()
    for _ in 0..<3 { harness.server { DataRow([[0x31]]).encode(into: &$0) } }
    #expect(harness.cancels == 1 && !harness.machine.acceptsClient)
    harness.server { DataRow([[0x31]]).encode(into: &$0) }
    harness.server { ErrorResponse(.error, .queryCanceled, "canceling statement").encode(into: &$0) }
    harness.server { ReadyForQuery(.idle).encode(into: &$0) }
    #expect(
      try harness.clientLines() == ["DataRow 1 values", "DataRow 1 values", "ErrorResponse ERROR 53400", "ReadyForQuery I"])
    #expect(harness.outcomes.map(\.result) == [.cut(.configurationLimitExceeded, completed: false)])
    #expect(harness.machine.acceptsClient == false, "a late cancel could hit the next statement")
    harness.handle(.cancelDelivered)
    #expect(harness.machine.acceptsClient && harness.machine.isIdle)
  }

  @Test(arguments: [(UInt64(1), UInt64.max), (4, .max), (7, .max), (8, .max), (.max, 21), (.max, 22), (.max, 100)])
  func `rows that come together are counted and cut as one by one`(rowsMax: UInt64, bytesMax: UInt64) throws {
    let together = try H.established(limits: .init(rowsMax: rowsMax, bytesMax: bytesMax))
    let oneByOne = try H.established(limits: .init(rowsMax: rowsMax, bytesMax: bytesMax))
    for harness in [together, oneByOne] {
      client(harness, query("select 9"))
      approve(harness)
      harness.server { RowDescription(columns: []).encode(into: &$0) }
      harness.takesRuns = false
    }
    together.takesRuns = true
    together.server { for _ in 0..<8 { DataRow([[0x31]]).encode(into: &$0) } }
    for _ in 0..<8 { oneByOne.server { DataRow([[0x31]]).encode(into: &$0) } }
    for harness in [together, oneByOne] { harness.server { CommandComplete(tag: "SELECT 8").encode(into: &$0) } }
    #expect(together.toClient == oneByOne.toClient)
    #expect(together.outcomes == oneByOne.outcomes)
    #expect(together.cancels == (rowsMax < 8 || bytesMax < 56 ? 1 : 0))
    #expect(together.cancels == oneByOne.cancels)
  }

  @Test func `a statement that completes before the cancel still fails its block`() throws {
    let harness = try H.established(limits: .init(rowsMax: 0))
    client(harness, query("begin"))
    approve(harness)
    harness.server { CommandComplete(tag: "BEGIN").encode(into: &$0) }
    harness.server { ReadyForQuery(.block).encode(into: &$0) }
    _ = try harness.clientLines()
    client(harness, query("select 1"))
    approve(harness)
    _ = try harness.backendLines()
    harness.server { RowDescription(columns: []).encode(into: &$0) }
    _ = try harness.clientLines()
    harness.server { DataRow([[0x31]]).encode(into: &$0) }
    harness.server { CommandComplete(tag: "SELECT 1").encode(into: &$0) }
    harness.server { ReadyForQuery(.block).encode(into: &$0) }
    #expect(harness.toBackend == Poison.query)
    harness.server { ErrorResponse(.error, .syntaxError, "syntax error").encode(into: &$0) }
    harness.server { ReadyForQuery(.failed).encode(into: &$0) }
    #expect(try harness.clientLines() == ["ErrorResponse ERROR 53400", "ReadyForQuery E"])
  }

  @Test func `a portal's rows are counted over all its Executes`() throws {
    let harness = try H.established(limits: .init(rowsMax: 3))
    client(harness) {
      Parse(name: .unnamed, text: [0x61]).encode(into: &$0)
      Bind(portal: "p").encode(into: &$0)
      Execute(portal: "p", rowsMax: 2).encode(into: &$0)
    }
    for _ in 0..<3 { approve(harness) }
    harness.server { ParseComplete().encode(into: &$0) }
    harness.server { BindComplete().encode(into: &$0) }
    for _ in 0..<2 { harness.server { DataRow([[0x31]]).encode(into: &$0) } }
    harness.server { PortalSuspended().encode(into: &$0) }
    client(harness) { Execute(portal: "p", rowsMax: 2).encode(into: &$0) }
    approve(harness)
    for _ in 0..<2 { harness.server { DataRow([[0x31]]).encode(into: &$0) } }
    #expect(harness.cancels == 1)
  }

  @Test func `FunctionCall is judged, and a refused one leaves the session in order`() throws {
    let harness = try H.established()
    client(harness) { $0.message(FunctionCall.type) { $0.uint32(2_100) } }
    guard case .functionCall(_, 2_100)? = harness.judgements.first?.request else {
      Issue.record("no judgement of the call")
      return
    }
    harness.judge(.refused(ErrorResponse(.error, .featureNotSupported, "no")))
    #expect(try harness.clientLines() == ["ErrorResponse ERROR 0A000", "ReadyForQuery I"])
    #expect(harness.machine.acceptsClient == true && harness.toBackend.isEmpty)
  }

  @Test func `FunctionCall is answered by its result and ReadyForQuery, and its outcome is recorded`() throws {
    let harness = try H.established(limits: ResultLimits(bytesMax: 100))
    for bytes in [8, 200] {
      client(harness) { $0.message(FunctionCall.type) { $0.uint32(177) } }
      approve(harness)
      harness.server { $0.message(FunctionCallResponse.type) { $0.raw([UInt8](repeating: 0, count: bytes)) } }
      if bytes > 100 { harness.handle(.cancelDelivered) }
      harness.server { ReadyForQuery(.idle).encode(into: &$0) }
    }
    #expect(try harness.clientLines() == ["'V' <8 bytes>", "ReadyForQuery I", "ErrorResponse ERROR 53400", "ReadyForQuery I"])
    #expect(
      harness.outcomes.map(\.result) == [
        .completed(tag: "FUNCTION CALL"), .cut(.configurationLimitExceeded, completed: true),
      ])
    #expect(harness.machine.isIdle == true)
    harness.server { $0.message(FunctionCallResponse.type) { $0.int32(-1) } }
    #expect(try harness.clientLines() == ["ErrorResponse FATAL 08006"])
  }

  @Test(
    arguments: [
      (Query.type, [0x31]), (Query.type, [0, 0x31, 0]), (Parse.type, [0]), (Parse.type, [0x61, 0, 0x31]), (Execute.type, [0, 0]),
      (Execute.type, [0x61]), (Bind.type, [0, 0, 0, 1]), (Describe.type, [0x58, 0]), (Close.type, []), (Flush.type, [1]),
    ] as [(UInt8, [UInt8])])
  func `a message that cannot be read fails as in PostgreSQL, and what it says never runs`(type: UInt8, body: [UInt8]) throws {
    let harness = try H.established()
    client(harness) {
      $0.message(type) { $0.raw(body) }
      Sync().encode(into: &$0)
    }
    #expect(harness.judgements.isEmpty)
    let sent = Array(harness.toBackend.dropLast(5))
    let sentBody = unsafe sent.span.bytes.extracting(droppingFirst: 5)
    #expect(sent[0] == type)
    // What the backend gets is broken, too.
    switch type {
    case Query.type: #expect(throws: WireError.self) { try Query.textRange(sentBody) }
    case Parse.type: #expect(throws: WireError.self) { try Parse.decode(sentBody) }
    case Execute.type: #expect(throws: WireError.self) { try Execute.decode(sentBody) }
    default: #expect(Array(sent.dropFirst(5)) == body)
    }
    harness.server { ErrorResponse(.error, .protocolViolation, "invalid message format").encode(into: &$0) }
    if type == Query.type { harness.server { ReadyForQuery(.idle).encode(into: &$0) } }
    harness.server { ReadyForQuery(.idle).encode(into: &$0) }
    #expect(try harness.clientLines().first == "ErrorResponse ERROR 08P01")
    #expect(harness.machine.isIdle == true && harness.machine.acceptsClient == true)
  }

  @Test(arguments: [ParseComplete.type, BindComplete.type, CommandComplete.type, ReadyForQuery.type])
  func `a server that claims to have understood a broken message ends the session`(type: UInt8) throws {
    let harness = try H.established()
    client(harness) { $0.message(Bind.type) { $0.raw([0, 0, 0, 1]) } }
    harness.server {
      switch type {
      case CommandComplete.type: CommandComplete(tag: "SELECT 1").encode(into: &$0)
      case ReadyForQuery.type: ReadyForQuery(.idle).encode(into: &$0)
      default: $0.message(type) { _ in }
      }
    }
    #expect(try harness.clientLines() == ["ErrorResponse FATAL 08006"])
  }

  @Test func `a hidden query is captured and the client sees nothing of it`() throws {
    let harness = try H.established()
    client(harness, query("select * from t"))
    harness.judge(.askFirst(HiddenQuery(id: 9, sql: "show search_path")))
    #expect(
      try harness.backendLines() == [
        "Parse \"issuer hidden\" <16 bytes>", "Bind \"issuer hidden\" \"issuer hidden\" 0 parameters",
        "Execute \"issuer hidden\" 0",
        "Close portal \"issuer hidden\"", "Close statement \"issuer hidden\"", "Sync",
      ])
    harness.server {
      ParseComplete().encode(into: &$0)
      BindComplete().encode(into: &$0)
      DataRow([Array("public".utf8)]).encode(into: &$0)
      CommandComplete(tag: "SHOW").encode(into: &$0)
      CloseComplete().encode(into: &$0)
      CloseComplete().encode(into: &$0)
      ReadyForQuery(.idle).encode(into: &$0)
    }
    #expect(harness.toClient.isEmpty && harness.outcomes.isEmpty)
    #expect(harness.actions.contains(.captured(id: 9, rows: [[Array("public".utf8)]])))
    #expect(harness.judgements.map(\.text) == ["select * from t"])
  }

  @Test func `a portal is described for the guard, not for the client`() throws {
    let harness = try H.established(guarded: .all)
    client(harness) { Execute().encode(into: &$0) }
    approve(harness, Approval(describesFirst: true))
    #expect(try harness.backendLines() == ["Describe portal \"\"", "Execute \"\" 0"])
    harness.server { RowDescription(columns: []).encode(into: &$0) }
    #expect(harness.actions.last == .examineOnly(.rowDescription(execution: ExecutionID(number: 1), note: nil)))
    #expect(harness.toClient.isEmpty)
    #expect(harness.machine.routeServer(DataRow.type, bodyBytes: 10) == .examine)
  }

  @Test func `without a guard nothing but ends of statements is gathered`() throws {
    let harness = try H.established()
    client(harness, query("select 1"))
    approve(harness)
    #expect(harness.machine.routeServer(RowDescription.type, bodyBytes: 10) == .forward)
    #expect(harness.machine.routeServer(DataRow.type, bodyBytes: 1 << 29) == .forward)
    #expect(harness.machine.routeServer(NotificationResponse.type, bodyBytes: 10) == .forward)
    #expect(harness.machine.routeServer(ErrorResponse.noticeType, bodyBytes: 10) == .forward)
  }

  @Test func `the end of a lease cancels, tells why, and closes`() throws {
    let harness = try H.established()
    client(harness, query("select pg_sleep(60)"))
    approve(harness)
    harness.handle(.end(SessionEnd.leaseOver(reason: "the lease expired", next: "ask again")))
    #expect(try harness.clientLines() == ["ErrorResponse FATAL 57P01"])
    #expect(harness.cancels == 1 && harness.clientIsClosed && harness.backendIsClosed && harness.machine.isClosed)
    #expect(harness.outcomes.map(\.result) == [.unknown])
  }

  @Test func `a server that goes away in a statement leaves its outcome unknown, and says so`() throws {
    let harness = try H.established()
    client(harness, query("commit"))
    approve(harness)
    harness.handle(.backendClosed)
    #expect(try harness.clientLines() == ["ErrorResponse FATAL 08007"])
    #expect(harness.outcomes.map(\.result) == [.unknown] && harness.clientIsClosed)
  }

  @Test func `Terminate lets what runs come to its end`() throws {
    let harness = try H.established()
    client(harness) {
      Query("insert").encode(into: &$0)
      Terminate().encode(into: &$0)
    }
    approve(harness)
    #expect(try harness.backendLines() == ["Query <6 bytes>", "Terminate"])
    #expect(!harness.clientIsClosed && !harness.backendIsClosed && harness.machine.acceptsClient == false)
    harness.handle(.clientClosed)
    #expect(harness.cancels == 0 && !harness.backendIsClosed)
    harness.server { CommandComplete(tag: "INSERT 0 1").encode(into: &$0) }
    harness.server { ReadyForQuery(.idle).encode(into: &$0) }
    harness.handle(.backendClosed)
    #expect(harness.outcomes.map(\.result) == [.completed(tag: "INSERT 0 1")])
  }

  @Test func `behind Terminate the client still gets what it asked for, and no error`() throws {
    let harness = try H.established()
    client(harness) {
      Query("insert").encode(into: &$0)
      Terminate().encode(into: &$0)
    }
    approve(harness)
    harness.server { CommandComplete(tag: "INSERT 0 1").encode(into: &$0) }
    harness.server { ReadyForQuery(.idle).encode(into: &$0) }
    harness.handle(.backendClosed)
    #expect(try harness.clientLines() == ["CommandComplete INSERT 0 1", "ReadyForQuery I"])
    #expect(harness.clientIsClosed && harness.machine.isClosed)
  }

  @Test func `names are what the server takes them for`() throws {
    final class Note: StatementNote {}
    let harness = try H.established()
    let note = NoteReference(Note())
    let long = WireName(String(repeating: "a", count: 63))
    client(harness) { Parse(name: long, text: [0x61]).encode(into: &$0) }
    approve(harness, Approval(note: note))
    // 64 bytes: the server compares the first 63.
    harness.fromClient = H.bytes {
      $0.message(Bind.type) {
        $0.string("p")
        $0.string(String(repeating: "a", count: 63) + "x")
        for _ in 0..<3 { $0.uint16(0) }
      }
    }
    _ = harness.stepClient()
    guard case .bind(let statement, _) = harness.judgements[0].request else {
      Issue.record("no judgement of Bind")
      return
    }
    #expect(statement == note)
  }

  @Test func `a note follows its name through PREPARE, DEALLOCATE and DISCARD`() throws {
    final class Note: StatementNote {}
    let harness = try H.established()
    let note = NoteReference(Note())
    func noteOfBind() -> NoteReference? {
      client(harness) { Bind(statement: "s").encode(into: &$0) }
      guard case .bind(let statement, _) = harness.judgements[0].request else { return nil }
      harness.judge(.refused(Self.refusal))
      client(harness) { Sync().encode(into: &$0) }
      harness.server { ReadyForQuery(.idle).encode(into: &$0) }
      return statement
    }
    func run(_ text: String, tag: String, _ effects: [NameEffect]) {
      client(harness, query(text))
      approve(harness, Approval(nameEffects: effects))
      harness.server { CommandComplete(tag: tag).encode(into: &$0) }
      harness.server { ReadyForQuery(.idle).encode(into: &$0) }
    }
    #expect(noteOfBind() == nil)
    run("prepare s as select 1", tag: "PREPARE", [.prepares(name: "s", note: note)])
    #expect(noteOfBind() == note)
    run("deallocate s", tag: "DEALLOCATE", [.deallocates(name: "s")])
    #expect(noteOfBind() == nil)
    run("prepare s as select 1", tag: "PREPARE", [.prepares(name: "s", note: note)])
    run("discard all", tag: "DISCARD ALL", [])
    #expect(noteOfBind() == nil)
  }

  @Test func `a statement longer than the proxy gathers is refused and the session goes on`() throws {
    let harness = try H.established(frameLimits: .init(gatheredBytesMax: 1_000))
    client(harness, query(String(repeating: "x", count: 2_000)))
    #expect(try harness.clientLines() == ["ErrorResponse ERROR 54000", "ReadyForQuery I"])
    client(harness) { Bind(parameters: [[UInt8](repeating: 1, count: 20_000)]).encode(into: &$0) }
    guard case .bind(_, let isHead) = harness.judgements[0].request else {
      Issue.record("no judgement of Bind")
      return
    }
    #expect(isHead)
    approve(harness)
    #expect(harness.toBackend.count > 20_000)
  }
}
