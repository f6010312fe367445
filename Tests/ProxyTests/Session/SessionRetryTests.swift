import PostgresWire
import Testing

@testable import Proxy

/// A translated statement that a deadlock ends before it has begun is sent again, and the client sees nothing of it.
@Suite struct SessionRetryTests {
  private typealias H = SessionHarness

  private final class Note: StatementNote {
    let isTranslated: Bool
    let onlySelects: Bool
    init(isTranslated: Bool = true, onlySelects: Bool = true) {
      self.isTranslated = isTranslated
      self.onlySelects = onlySelects
    }
  }

  /// A server and a client whose every statement the gate approves.
  private final class Conversation {
    let harness: SessionHarness
    private let note: Note

    init(_ note: Note = Note(), takesBatches: Bool = false) throws {
      harness = try SessionHarness.established()
      self.note = note
      guard takesBatches else { return }
      harness.approvesBatch = { [note] _, _ in NoteReference(note) }
      harness.translates = { Array("masked \($0)".utf8) }
    }

    func client(_ write: (inout WireWriter) -> Void) {
      harness.fromClient += H.bytes(write)
      while true {
        if let judgement = harness.judgements.first {
          let reference = NoteReference(note)
          switch judgement.request {
          case .query, .parse:
            let text = note.isTranslated ? Array("masked \(judgement.text)".utf8) : nil
            harness.judge(.approved(Approval(replacement: text, note: reference)))
          default: harness.judge(.approved(Approval()))
          }
        } else if !harness.stepClient() {
          return
        }
      }
    }

    func deadlock() { harness.server { ErrorResponse(.error, .deadlockDetected, "deadlock detected").encode(into: &$0) } }
    func ready(_ status: TransactionStatus = .idle) { harness.server { ReadyForQuery(status).encode(into: &$0) } }
    func server(_ kinds: Character...) { for kind in kinds { harness.server { $0.message(kind.asciiValue!) { _ in } } } }
    func rows(described: Bool = true) {
      if described { harness.server { RowDescription(columns: [.init(name: [0x61], typeOID: 25)]).encode(into: &$0) } }
      harness.server { DataRow([[0x31]]).encode(into: &$0) }
      harness.server { CommandComplete(tag: "SELECT 1").encode(into: &$0) }
    }

    var isIdle: Bool { harness.machine.isIdle }
    var acceptsClient: Bool { harness.machine.acceptsClient }

    /// What the server has got since the last call, whole.
    func sent() -> [UInt8] {
      defer { harness.toBackend = [] }
      return harness.toBackend
    }
  }

  private static func batch(_ writer: inout WireWriter, _ statement: WireName = .unnamed, parses: Bool = true) {
    if parses { Parse(name: statement, text: Array("select 1".utf8)).encode(into: &writer) }
    Bind(portal: .unnamed, statement: statement, parameters: [[0x37]]).encode(into: &writer)
    Describe(.portal(.unnamed)).encode(into: &writer)
    Execute(portal: .unnamed).encode(into: &writer)
    Sync().encode(into: &writer)
  }

  @Test(arguments: [false, true])
  func `a Query goes again until its answer begins`(takesBatches: Bool) throws {
    let talk = try Conversation(takesBatches: takesBatches)
    talk.client { Query("select 1").encode(into: &$0) }
    let query = talk.sent()
    #expect(query == H.bytes { Query("masked select 1").encode(into: &$0) })
    for _ in 0..<2 {
      talk.deadlock()
      #expect(talk.sent().isEmpty)
      talk.ready()
      #expect(talk.sent() == query)
    }
    talk.rows()
    talk.ready()
    #expect(
      try talk.harness.clientLines() == [
        "RowDescription 1 columns", "DataRow 1 values", "CommandComplete SELECT 1", "ReadyForQuery I",
      ])
    #expect(talk.harness.outcomes.map(\.retries) == [2])
    // The next one is on its own.
    talk.client { Query("select 1").encode(into: &$0) }
    talk.rows()
    talk.ready()
    #expect(talk.harness.outcomes.map(\.retries) == [2, 0])
    #expect(talk.isIdle)
  }

  @Test(arguments: [false, true])
  func `a batch goes again from what failed on`(takesBatches: Bool) throws {
    let talk = try Conversation(takesBatches: takesBatches)
    talk.client { Self.batch(&$0) }
    let all = talk.sent()
    talk.deadlock()
    talk.ready()
    #expect(talk.sent() == all)
    talk.server("1")
    talk.deadlock()
    talk.ready()
    #expect(talk.sent() == H.bytes { Self.batch(&$0, parses: false) })
    talk.server("2")
    talk.rows()
    talk.ready()
    #expect(
      try talk.harness.clientLines() == [
        "ParseComplete", "BindComplete", "RowDescription 1 columns", "DataRow 1 values", "CommandComplete SELECT 1",
        "ReadyForQuery I",
      ])
    #expect(talk.harness.outcomes.map(\.retries) == [2])
  }

  @Test(arguments: [false, true])
  func `a Bind of what was prepared before goes again`(takesBatches: Bool) throws {
    let talk = try Conversation(takesBatches: takesBatches)
    talk.client {
      Parse(name: "s", text: Array("select 1".utf8)).encode(into: &$0)
      Describe(.statement("s")).encode(into: &$0)
      Sync().encode(into: &$0)
    }
    let prepare = talk.sent()
    talk.deadlock()
    talk.ready()
    #expect(talk.sent() == prepare)
    talk.server("1")
    talk.harness.server { ParameterDescription(typeOIDs: [23]).encode(into: &$0) }
    talk.harness.server { RowDescription(columns: [.init(name: [0x61], typeOID: 25)]).encode(into: &$0) }
    talk.ready()
    talk.client { Self.batch(&$0, "s", parses: false) }
    let run = talk.sent()
    talk.deadlock()
    talk.ready()
    #expect(talk.sent() == run)
    talk.server("2")
    talk.rows()
    talk.ready()
    #expect(!(try talk.harness.clientLines()).contains { $0.hasPrefix("Error") })
    #expect(talk.isIdle)
  }

  @Test func `while the server gets ready again the client waits`() throws {
    let talk = try Conversation()
    talk.client { Query("select 1").encode(into: &$0) }
    _ = talk.sent()
    talk.deadlock()
    #expect(!talk.acceptsClient)
    talk.client { Query("select 2").encode(into: &$0) }
    #expect(talk.sent().isEmpty)
    talk.ready()
    #expect(talk.sent() == H.bytes { Query("masked select 1").encode(into: &$0) })
    #expect(talk.acceptsClient)
  }

  @Test func `after five times the client is told`() throws {
    let talk = try Conversation()
    talk.client { Query("select 1").encode(into: &$0) }
    for _ in 0..<5 {
      talk.deadlock()
      talk.ready()
    }
    #expect(try talk.harness.clientLines() == [])
    talk.deadlock()
    talk.ready()
    #expect(try talk.harness.clientLines() == ["ErrorResponse ERROR 40P01", "ReadyForQuery I"])
    #expect(talk.harness.outcomes.map(\.retries) == [5])
    #expect(talk.harness.outcomes.map(\.result) == [.failed(.deadlockDetected)])
  }

  @Test func `what has begun is not done twice`() throws {
    let described = try Conversation()
    described.client { Query("select 1").encode(into: &$0) }
    described.harness.server { RowDescription(columns: [.init(name: [0x61], typeOID: 25)]).encode(into: &$0) }
    try expectsFailure(described)

    let second = try Conversation()
    second.client { Query("select 1; select 2").encode(into: &$0) }
    second.rows()
    try expectsFailure(second)

    let writes = try Conversation(Note(onlySelects: false))
    writes.client { Query("update t").encode(into: &$0) }
    try expectsFailure(writes)

    let bound = try Conversation()
    bound.client { Self.batch(&$0) }
    bound.server("1", "2")
    try expectsFailure(bound)

    let another = try Conversation()
    another.client {
      for portal in [WireName("p"), "q"] { Bind(portal: portal, statement: "s").encode(into: &$0) }
      Sync().encode(into: &$0)
    }
    another.server("2")
    try expectsFailure(another)
  }

  @Test func `nor what the client may take back, what waits in a block, and what was sent as it came`() throws {
    let block = try Conversation()
    block.client { Query("begin").encode(into: &$0) }
    block.harness.server { CommandComplete(tag: "BEGIN").encode(into: &$0) }
    block.ready(.block)
    block.client { Query("select 1").encode(into: &$0) }
    try expectsFailure(block, .failed)

    let plain = try Conversation(Note(isTranslated: false))
    plain.client { Query("select 1").encode(into: &$0) }
    try expectsFailure(plain)

    // What is behind it would run before it.
    let pipeline = try Conversation()
    pipeline.client {
      Self.batch(&$0)
      Self.batch(&$0)
    }
    try expectsFailure(pipeline)

    let half = try Conversation()
    half.client {
      Parse(name: .unnamed, text: Array("select 1".utf8)).encode(into: &$0)
      Flush().encode(into: &$0)
    }
    half.deadlock()
    #expect(try half.harness.clientLines() == ["ErrorResponse ERROR 40P01"])

    let large = try Conversation()
    large.client {
      Query("select '\(String(repeating: "x", count: 100_000))'").encode(into: &$0)
    }
    try expectsFailure(large)

    // The backend has been told to go.
    let terminated = try Conversation()
    terminated.client {
      Query("select 1").encode(into: &$0)
      Terminate().encode(into: &$0)
    }
    try expectsFailure(terminated)

    let cancelled = try Conversation()
    cancelled.client { Query("select 1").encode(into: &$0) }
    cancelled.harness.handle(.cancelBegins)
    try expectsFailure(cancelled)
  }

  /// PostgreSQL skips the Query too, and waits for a Sync: so must the client be heard.
  @Test(arguments: [true, false])
  func `nor a batch that a Query breaks into`(isTranslated: Bool) throws {
    let talk = try Conversation(Note(isTranslated: true, onlySelects: isTranslated))
    talk.client {
      Parse(name: .unnamed, text: Array("select 1".utf8)).encode(into: &$0)
      Query("select 2").encode(into: &$0)
    }
    _ = talk.sent()
    talk.deadlock()
    #expect(talk.acceptsClient)
    #expect(try talk.harness.clientLines() == ["ErrorResponse ERROR 40P01"])
  }

  private func expectsFailure(_ talk: Conversation, _ status: TransactionStatus = .idle, line: Int = #line) throws {
    _ = talk.sent()
    talk.deadlock()
    talk.ready(status)
    let place = SourceLocation(fileID: #fileID, filePath: #filePath, line: line, column: 1)
    #expect(talk.sent().isEmpty, sourceLocation: place)
    #expect(try talk.harness.clientLines().contains("ErrorResponse ERROR 40P01"), sourceLocation: place)
    #expect(talk.harness.outcomes.allSatisfy { $0.retries == 0 }, sourceLocation: place)
  }

  @Test(arguments: [false, true])
  func `a limit reached, or a cancel, between failure and retry is the end`(isCancel: Bool) throws {
    for isQuery in [false, true] {
      let talk = try Conversation()
      talk.client { if isQuery { Query("select 1").encode(into: &$0) } else { Self.batch(&$0) } }
      _ = talk.sent()
      talk.deadlock()
      talk.harness.handle(isCancel ? .cancelBegins : .limitReached(ErrorResponse(.error, .queryCanceled, "too slow")))
      talk.ready()
      talk.harness.handle(.cancelDelivered)
      #expect(talk.sent().isEmpty)
      #expect(try talk.harness.clientLines() == ["ErrorResponse ERROR 57014", "ReadyForQuery I"])
      #expect(talk.harness.outcomes.count == 1)
      #expect(talk.isIdle && talk.acceptsClient)
    }
  }

  @Test func `the session's end between failure and retry is on record as every end`() throws {
    let talk = try Conversation()
    talk.client { Query("select 1").encode(into: &$0) }
    talk.deadlock()
    talk.harness.handle(.end(ErrorResponse(.fatal, .adminShutdown, "over")))
    #expect(try talk.harness.clientLines() == ["ErrorResponse FATAL 57P01"])
    #expect(talk.harness.outcomes.map(\.result) == [.unknown])
    let fatal = try Conversation()
    fatal.client { Query("select 1").encode(into: &$0) }
    fatal.deadlock()
    fatal.harness.server { ErrorResponse(.fatal, .adminShutdown, "terminating").encode(into: &$0) }
    #expect(try fatal.harness.clientLines() == ["ErrorResponse FATAL 57P01"])
    #expect(fatal.harness.outcomes.map(\.result) == [.failed(.adminShutdown)])
  }

  @Test func `a server that answers what it said had failed is no PostgreSQL`() throws {
    let talk = try Conversation()
    talk.client { Query("select 1").encode(into: &$0) }
    talk.deadlock()
    talk.rows()
    #expect(try talk.harness.clientLines() == ["ErrorResponse FATAL 08006"])
    let block = try Conversation()
    block.client { Query("select 1").encode(into: &$0) }
    block.deadlock()
    block.ready(.block)
    #expect(try block.harness.clientLines() == ["ErrorResponse FATAL 08006"])
  }
}
