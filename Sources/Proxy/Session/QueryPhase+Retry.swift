import PostgresWire

/// What a deadlock ends before it has begun is sent again, unseen by the client.
///
/// A migration takes shadows away and puts them back, and who reads two of them at that moment can be the victim of the deadlock (docs/masking.md,
/// Migrations). So statements that were translated are kept until they run, and where the backend says 40P01 of one that has not
/// begun, outside a transaction block and with nothing sent behind it, its error and ReadyForQuery are swallowed and the rest of the batch
/// goes again. "Not begun" means that whatever the statement is nothing was done twice:
///
/// - in the extended protocol, Parse, the first Bind, or what stands before it failed: they take the locks, and Execute runs the statement;
/// - of a Query that only selects, no RowDescription came: the executor sends it before it asks for the first row.
extension QueryPhase {
  /// A batch that may be sent again.
  struct Attempt {
    static let retriesMax: UInt8 = 5
    static let bytesMax = 64 << 10

    /// It may be sent again.
    private(set) var isOpen = false
    /// Its Sync, or the Query, has been sent.
    private(set) var isWhole = false
    /// The backend has said that it failed, and not yet that it is ready.
    var isFailing = false
    /// A portal stands, which the failure took away.
    var isBound = false
    private(set) var retries: UInt8 = 0
    private(set) var batch: UInt64 = 0
    /// How many answers it is, that of Sync among them.
    private var answers = 0
    /// The messages that are answered, as the backend got them, without Sync.
    private var sent: [UInt8] = []
    private var lastStart = 0

    mutating func begin(batch: UInt64) {
      self.batch = batch
      isOpen = true
      isWhole = false
      isFailing = false
      isBound = false
      retries = 0
      answers = 0
      sent.removeAll(keepingCapacity: true)
      lastStart = 0
    }

    /// It has come to its end, or something was sent that cannot be sent again.
    mutating func abandon() {
      isOpen = false
      isFailing = false
    }

    mutating func fail() {
      isFailing = true
      retries += 1
    }

    /// Keeps no room.
    mutating func rest() {
      if !isOpen { sent = [] }
    }

    /// A message of the client, of which it may be that `isHead` alone is at hand.
    mutating func keep(_ type: UInt8, _ body: RawSpan, isHead: Bool) {
      guard isOpen, !isWhole, type != Sync.type, type != Flush.type else { return }
      guard !isHead, body.byteCount <= Self.bytesMax else { return abandon() }
      lastStart = sent.count
      var writer = WireWriter()
      writer.message(type) { $0.raw(body) }
      keep(writer.bytes)
    }

    /// The last one goes in this form.
    mutating func keepReplaced(_ message: [UInt8]) {
      guard isOpen else { return }
      sent.removeSubrange(lastStart...)
      keep(message)
    }

    /// This goes before the last one.
    mutating func keepBeforeLast(_ message: [UInt8]) {
      guard isOpen else { return }
      sent.insert(contentsOf: message, at: lastStart)
      lastStart += message.count
    }

    /// All of a batch at once, with so many answers.
    mutating func keepWhole(_ messages: RawSpan, answers: Int, isQuery: Bool) {
      guard isOpen, messages.byteCount <= Self.bytesMax else { return abandon() }
      let end = messages.byteCount - (isQuery ? 0 : FrameLimits.headerBytes)
      messages.extracting(first: end).append(to: &sent)
      self.answers = answers
      isWhole = true
    }

    private mutating func keep(_ message: [UInt8]) {
      guard sent.count + message.count <= Self.bytesMax else { return abandon() }
      sent += message
    }

    /// A message that will be answered has been sent.
    mutating func owes(_ answer: borrowing OwedAnswer) {
      guard isOpen else { return }
      guard !isWhole, answer.batch == batch, answer.fate == .forward || answer.fate == .hidden, answer.kind != .functionCall
      else {
        return abandon()
      }
      // A Query in the middle of a batch: had something before it failed, the backend would skip it and wait for a Sync.
      if answer.kind == .query, answers > 0 { return abandon() }
      answers += 1
      isWhole = answer.kind == .sync || answer.kind == .query
    }

    /// What has not been answered, to be sent again, when so many answers are owed still.
    func remaining(owed: Int) -> [UInt8] {
      var start = 0
      for _ in 0..<max(0, answers - owed) { start += Self.messageBytes(sent, at: start) }
      return Array(sent[min(start, sent.count)...])
    }

    /// Of the whole message there, its type and length among them.
    private static func messageBytes(_ bytes: [UInt8], at start: Int) -> Int {
      guard start + FrameLimits.headerBytes <= bytes.count else { return 0 }
      return 1 + bytes[start + 1..<start + FrameLimits.headerBytes].reduce(0) { $0 << 8 | Int($1) }
    }
  }

  /// A message has been sent to the backend that will be answered.
  @inline(__always) mutating func owe(_ answer: OwedAnswer) {
    if attempt.isOpen { attempt.owes(answer) }
    owed.append(answer)
  }

  /// Begins to keep what is sent, where a statement that was translated comes first and nothing else of the client's is going on.
  mutating func beginAttempt(_ note: NoteReference?) {
    attempt.abandon()
    guard note?.note.isTranslated == true, owed.areHidden, status == .idle, !isBatchOpen, deferred == nil, !clientIsGone else {
      return
    }
    attempt.begin(batch: batch)
  }

  /// Whether the failure at hand may stay between the backend and us.
  var mayTryAgain: Bool {
    guard attempt.isOpen, attempt.isWhole, !attempt.isFailing, attempt.retries < Attempt.retriesMax, pending == nil,
      farewell == nil, !isTerminated, !clientIsGone, cancelsUnderWay == 0, !copy.takesData, !copy.sendsData, !copy.holdsClient,
      owed.first.fate == .forward, owed.first.batch == attempt.batch
    else { return false }
    switch owed.first.kind {
    case .parse, .describeStatement, .bind: return !attempt.isBound
    case .query: return owed.first.part == 0 && !isDescribed && owed.first.note?.note.onlySelects == true
    case .functionCall, .describePortal, .execute, .closeStatement, .closePortal, .sync: return false
    }
  }

  /// The backend is ready after a failure that was swallowed: the batch goes again. False where the client has been told meanwhile that
  /// it is over, or is to be told.
  mutating func triesAgain(_ actions: inout ActionQueue) -> Bool {
    attempt.isFailing = false
    if owed.first.fate == .forward, cancelsUnderWay > 0 {
      // It would have hit what ran, and nothing runs now.
      owed.first.fate = .cut
      owed.first.answer =
        ErrorResponse(.error, .queryCanceled, "canceling statement due to user request").bytes
      cutState = .queryCanceled
    }
    guard owed.first.fate == .forward else { return false }
    var again = attempt.remaining(owed: owed.count)
    if owed.first.kind != .query {
      var writer = WireWriter()
      Sync().encode(into: &writer)
      again += writer.bytes
    }
    actions.append(.sendToBackend(again))
    return true
  }
}
