/// Where a COPY stands. While data flow from the client, its messages mean something else: Sync and Flush are ignored, and whatever
/// is no copy message breaks the session, as in PostgreSQL. So the machine must know before it reads on: behind a statement that
/// may be a COPY FROM STDIN it holds the client until the backend has said.
struct CopyPhase {
  /// Nil where no COPY is under way or expected: most sessions never have one.
  private var copy: Copy?

  private final class Copy {
    var takesData = false
    var sendsData = false
    var bytesTaken: UInt64 = 0
    /// Execution that may turn out to be a COPY FROM STDIN, 0 for none.
    var held: UInt64 = 0
    /// A Sync came before the first data. A backend that fails before it reads any answers that one; else the COPY swallows it.
    var syncBeforeData = false
    var sawData = false
    var checked: CopyAtHand?
    /// The execution that took data last, and how many COPY of it did.
    var taking: (execution: UInt64, count: Int) = (0, 0)
  }

  /// The backend has said that it takes data, and the client has not ended them.
  var takesData: Bool { copy?.takesData ?? false }
  /// The backend sends data.
  var sendsData: Bool { copy?.sendsData ?? false }
  /// Bytes of CopyData from the client, of the current COPY.
  var bytesTaken: UInt64 { copy?.bytesTaken ?? 0 }
  /// Execution that may turn out to be a COPY FROM STDIN, 0 for none.
  var held: UInt64 { copy?.held ?? 0 }
  /// Whose data are judged; nil where they pass.
  var checked: CopyAtHand? { copy?.checked }

  var holdsClient: Bool {
    guard let copy else { return false }
    return copy.held != 0 && !copy.takesData
  }

  private mutating func begun() -> Copy {
    let copy = copy ?? Copy()
    self.copy = copy
    return copy
  }

  mutating func hold(_ execution: UInt64) { begun().held = execution }

  mutating func release(_ execution: UInt64) {
    if copy?.held == execution { copy?.held = 0 }
  }

  /// Nothing runs: no later COPY goes on counting those of this one's text.
  mutating func rest() {
    if let copy, copy.held == 0, !copy.takesData, !copy.sendsData { self.copy = nil }
  }

  mutating func startTaking(for answer: borrowing OwedAnswer) {
    let copy = begun()
    copy.taking = (answer.execution, copy.taking.execution == answer.execution ? copy.taking.count + 1 : 1)
    let ordinal = copy.taking.count - 1
    copy.checked = answer.note.flatMap { note in
      guard note.note.checksCopyIn else { return nil }
      return CopyAtHand(execution: answer.execution, note: note, isQuery: answer.kind == .query, ordinal: ordinal)
    }
    copy.takesData = true
    copy.bytesTaken = 0
    copy.syncBeforeData = false
    copy.sawData = false
  }

  mutating func startSending() { begun().sendsData = true }

  mutating func took(_ bytes: Int) {
    copy?.sawData = true
    copy?.bytesTaken &+= UInt64(bytes)
  }

  mutating func sawSync() {
    if copy?.sawData == false { copy?.syncBeforeData = true }
  }

  /// They have been counted.
  mutating func forgetBytes() { copy?.bytesTaken = 0 }

  /// CopyDone or CopyFail of the client.
  mutating func clientEnded() { copy?.takesData = false }

  mutating func sendingEnded() { copy?.sendsData = false }

  /// The backend failed. True when a Sync that was kept back must be sent after all.
  mutating func failed() -> Bool {
    guard let copy else { return false }
    let owesSync = copy.takesData && copy.syncBeforeData && !copy.sawData
    copy.takesData = false
    copy.sendsData = false
    return owesSync
  }
}
