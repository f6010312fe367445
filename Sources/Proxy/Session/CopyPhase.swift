/// Where a COPY stands. While data flow from the client, its messages mean something else: Sync and Flush are ignored, and whatever
/// is no copy message breaks the session, as in PostgreSQL. So the machine must know before it reads on: behind a statement that
/// may be a COPY FROM STDIN it holds the client until the backend has said.
struct CopyPhase {
  /// The backend has said that it takes data, and the client has not ended them.
  private(set) var takesData = false
  /// The backend sends data.
  private(set) var sendsData = false
  /// Bytes of CopyData from the client, of the current COPY.
  private(set) var bytesTaken: UInt64 = 0
  /// Execution that may turn out to be a COPY FROM STDIN, 0 for none.
  private(set) var held: UInt64 = 0
  /// A Sync came before the first data. A backend that fails before it reads any answers that one; else the COPY swallows it.
  private var syncBeforeData = false
  private var sawData = false
  /// Whose data are judged; nil where they pass.
  private(set) var checked: CopyAtHand?
  /// The execution that took data last, and how many COPY of it did.
  private var taking: (execution: UInt64, count: Int) = (0, 0)

  var holdsClient: Bool { held != 0 && !takesData }

  mutating func hold(_ execution: UInt64) { held = execution }

  mutating func release(_ execution: UInt64) {
    if held == execution { held = 0 }
  }

  mutating func startTaking(for answer: borrowing OwedAnswer) {
    taking = (answer.execution, taking.execution == answer.execution ? taking.count + 1 : 1)
    checked = answer.note.flatMap { note in
      guard note.note.checksCopyIn else { return nil }
      return CopyAtHand(execution: answer.execution, note: note, isQuery: answer.kind == .query, ordinal: taking.count - 1)
    }
    takesData = true
    bytesTaken = 0
    syncBeforeData = false
    sawData = false
  }

  mutating func startSending() { sendsData = true }

  mutating func took(_ bytes: Int) {
    sawData = true
    bytesTaken &+= UInt64(bytes)
  }

  mutating func sawSync() { syncBeforeData = syncBeforeData || !sawData }

  /// They have been counted.
  mutating func forgetBytes() { bytesTaken = 0 }

  /// CopyDone or CopyFail of the client.
  mutating func clientEnded() { takesData = false }

  mutating func sendingEnded() { sendsData = false }

  /// The backend failed. True when a Sync that was kept back must be sent after all.
  mutating func failed() -> Bool {
    let owesSync = takesData && syncBeforeData && !sawData
    takesData = false
    sendsData = false
    return owesSync
  }
}
