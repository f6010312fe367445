import PostgresWire

/// The session proper: statements, their judgements, and the queue of answers owed.
///
/// Everything that policy has nothing to do with is relayed. Statements wait for the gate at Query, Parse, Bind and Execute. A
/// refused statement must leave the session as PostgreSQL's own refusal would, and in the right order among answers still owed.
/// Where nothing is owed and no transaction can be hurt, the machine answers itself. Else it sends the backend a **poisoned**
/// message in place of the refused one: a text that no PostgreSQL parses (`Poison`). It fails in the right place, fails the
/// transaction block, makes the backend skip to Sync, and its ErrorResponse is exchanged for the refusal.
struct QueryPhase {
  private let configuration: SessionConfiguration
  var limits: FrameLimits { configuration.limits }
  let results: ResultLimits
  let guarded: GuardedMessages

  var owed = AnswersOwed()
  var names = PreparedStatements()
  var copy = CopyPhase()
  var settings = SessionSettings()
  var status: TransactionStatus
  /// The client's messages up to Sync are dropped: something before them has failed, or is bound to.
  var isSkipping = false
  /// Extended messages have been sent since the last Sync: an implicit transaction may be open.
  var isBatchOpen = false
  var batch: UInt64 = 1
  var pending: Pending?
  var lastExecution: UInt64 = 0
  /// Of the statement that the backend is answering.
  var rows: UInt64 = 0
  var bytes: UInt64 = 0
  /// Its columns have been told; rows of a Query come only then.
  var isDescribed = false
  /// What its portal sent in earlier Executes.
  var before: (rows: UInt64, bytes: UInt64) = (0, 0)
  /// CancelRequests under way. The client waits for them, or they could hit its next statement.
  var cancelsUnderWay = 0
  /// What the last limit reached was.
  var cutState = SQLState.queryCanceled
  /// Of the answer that a message without a body belonged to.
  var lastFate = OwedAnswer.Fate.forward
  /// A statement was cut but completed: the block, if there is one, must still fail.
  var poisonsAtReady = false
  /// A hidden query that waits for the transaction status to be known.
  var deferred: HiddenQuery?
  var captured: [[[UInt8]?]] = []
  var captureIsTooLong = false
  /// The client is gone; what runs is still watched to its end.
  var clientIsGone = false
  /// The client has said Terminate: it still gets what it asked for before, and the backend closes.
  var isTerminated = false
  /// The client's stream is broken: the answers to what it sent before come first, then this.
  var farewell: ErrorResponse?
  var batchUnderWay = BatchUnderWay()
  var attempt = Attempt()
  /// The backend has announced its end (FATAL).
  var sawFatal = false

  /// A message of the client that the gate is judging: large, and mostly there is none, so that it stands in memory of its own.
  final class Pending {
    let request: StatementRequest
    /// Parse: of the statement. Bind and Execute: of the portal.
    let name: WireName
    let execution: UInt64
    /// Waits for the answer to this hidden query.
    var asking: UInt64?
    /// Parse: what stands behind the text.
    let tail: [UInt8]
    /// Of CopyData.
    let copyBytes: Int

    init(
      request: StatementRequest, name: WireName = .unnamed, execution: UInt64 = 0, tail: [UInt8] = [], copyBytes: Int = 0
    ) {
      self.request = request
      self.name = name
      self.execution = execution
      self.tail = tail
      self.copyBytes = copyBytes
    }
  }

  init(_ configuration: SessionConfiguration, results: ResultLimits, guarded: GuardedMessages, status: TransactionStatus) {
    self.configuration = configuration
    self.results = results
    self.guarded = guarded
    self.status = status
  }

  // In place: a call would copy the whole phase.
  @inline(__always) var acceptsClient: Bool {
    pending == nil && cancelsUnderWay == 0 && !copy.holdsClient && !isTerminated && farewell == nil && !clientIsGone
      && !attempt.isFailing
      && owed.count + (batchUnderWay.isOn ? batchUnderWay.count : 0) < limits.answersOwedMax
      && (owed.heldBytes <= limits.heldBytesMax || copy.takesData)
  }

  /// Nothing runs and nobody waits for an answer.
  var isIdle: Bool { owed.isEmpty && !batchUnderWay.isOn && pending == nil && !isBatchOpen && !copy.takesData }

  /// Gives back what is kept for the next statement alone.
  mutating func rest() {
    names.rest()
    guard isIdle else { return }
    owed = AnswersOwed()
    copy.rest()
    batchUnderWay.bind = []
    attempt.rest()
  }

  /// The first number is 1: 0 stands for none.
  mutating func nextExecution() -> ExecutionID {
    lastExecution += 1
    return ExecutionID(number: lastExecution)
  }

  /// Whether a refusal can be answered here, without the backend: no answer is owed before it, and no transaction would notice.
  var answersLocally: Bool { owed.isEmpty && !isBatchOpen && status != .block }
}

/// Texts that must fail to parse, on any version and in any state of the session, without a side effect. PostgreSQL logs them as
/// syntax errors, with words that an operator can look for.
enum Poison {
  static let text = "issuer-proxy refused a statement here"
  /// Fails before its name would be stored.
  static let name = WireName("issuer refused")

  static var query: [UInt8] {
    var writer = WireWriter()
    Query(text).encode(into: &writer)
    return writer.bytes
  }

  /// A failing Parse of the unnamed statement forgets the old one, of a named one does nothing: as the refused one would have.
  static func parse(unnamed: Bool) -> [UInt8] {
    var writer = WireWriter()
    Parse(name: unnamed ? .unnamed : name, text: Array(text.utf8)).encode(into: &writer)
    return writer.bytes
  }

  /// A message that breaks off, or goes on behind its end, before anything in it could run.
  static func broken(_ type: UInt8, _ flaw: WireError.Code) -> [UInt8] {
    let body: [UInt8] =
      switch (type, flaw) {
      case (Query.type, .leftover): [0, 0]
      case (Query.type, _): Array("--".utf8)
      case (Parse.type, .text): []
      case (Parse.type, _): [0, 0]
      case (_, .text): []
      case (_, .leftover): [0, 0, 0, 0, 0, 0]
      case (_, _): [0]
      }
    var writer = WireWriter()
    writer.message(type) { $0.raw(body) }
    return writer.bytes
  }
}
