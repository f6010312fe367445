import Dispatch
import Sodium
import Synchronization

/// Writes one chain of records. Any number of threads may append.
///
/// `append` puts one record into the kernel. A caller with many at once (a loop of the proxy) **stages** them: a staged record has its
/// number, its time and its place in the chain, and waits in memory for `commit`, which writes all that were staged, by whomever, with
/// one `write(2)`. What a staged record allows must not happen before its commit has succeeded.
///
/// One thread writes while others stage behind it: there are two locks. `writing`, held during `write(2)`, is taken first; `state`, held for
/// as long as it takes to encode a record, may be taken while it is held, never the other way about.
public final class AuditLog: Sendable {
  /// What `append` waits for.
  public enum Durability: String, Sendable, CaseIterable {
    /// The kernel has the record: it survives this process.
    case normal
    /// The disk has it: it survives a loss of power. Callers that wait at the same time share one sync.
    case strict
  }

  /// Where a record stands.
  public struct Position: Sendable, Hashable {
    public let sequence: UInt64
    public let time: AuditTime
  }

  public let directory: String
  /// The writer's name, in every record.
  public let writer: String
  public let durability: Durability
  private let segmentBytesMax: Int
  private let opening: [UInt8]
  private let parameterKey: SecretBytes
  private let lock: AuditFile
  private let groupCommit: GroupCommit
  private let syncs = DispatchQueue(label: "audit.sync")
  private let writing: Mutex<Writer>
  private let state: Mutex<State>

  /// Where a staged record waits: pass it to `commit`.
  public struct Staged: Sendable, Hashable {
    public let sequence: UInt64
    /// Number of the write that will take it.
    public let batch: UInt64
  }

  /// The end of a chain.
  private struct End {
    var sequence: UInt64
    var hash: ChainHash
    var time: AuditTime
    /// The last record that is not of the log's own kinds; a checkpoint of nothing else is not worth one.
    var contentThrough: UInt64
  }

  /// What only the thread that writes looks at.
  private struct Writer: ~Copyable {
    var file: AuditFile
    var fileBytes: Int
    /// Whole lines of a batch that was taken and is being written; empty between writes.
    var lines = JSONLine(capacity: 1 << 16)
  }

  private struct State: ~Copyable {
    /// With what is staged.
    var staged: End
    /// What the kernel has.
    var written: End
    /// Where the last of these stands.
    var file: AuditFile
    /// Whole lines behind `written`, or behind what is being written.
    var lines = JSONLine(capacity: 1 << 16)
    var clock = TimeText()
    /// Of the record that is being encoded.
    var time = AuditTime(microseconds: 0)
    /// What is staged now.
    var batch: UInt64 = 1
    var lost = LostBatches()
    var checkpointedThrough: UInt64 = 0
    var broken: AuditError?
  }

  /// Opens a writer's log, or begins it. A last line that a crash left torn is cut off and put on record.
  ///
  /// - Parameters:
  ///   - directory: made if it is not there; its parent must be.
  ///   - writer: 1 to 64 characters of `[A-Za-z0-9._-]`, always the same for a directory.
  ///   - segmentBytesMax: a segment that has reached this size is closed.
  /// - Throws: `AuditError`: `inUse`, `damaged`, `invalid`, `diskFull`, `system`.
  public init(
    directory: String, writer: String, durability: Durability = .normal, segmentBytesMax: Int = 64 << 20
  ) throws {
    guard Self.isFit(writer: Array(writer.utf8)) else {
      throw AuditError(
        .invalid, path: directory, message: "the writer's name is not 1 to 64 characters of A-Z a-z 0-9 . _ -",
        next: "choose another")
    }
    self.directory = directory
    self.writer = writer
    self.durability = durability
    self.segmentBytesMax = segmentBytesMax
    opening = Array(",\"writer\":\"\(writer)\",\"time\":\"".utf8)
    parameterKey = try .random(count: 32)
    try AuditFile.makeDirectory(directory)
    lock = try AuditFile.locking(directory + "/lock")
    let end = try LogEnd.find(in: directory, writer: writer)
    let file: AuditFile
    if let segment = end.segment {
      file = try AuditFile.appending(to: segment)
      if !end.torn.isEmpty { try file.cut(to: end.segmentBytes) }
    } else {
      file = try AuditFile.creating(Segments.path(in: directory, first: end.sequence + 1))
      try AuditFile.syncDirectory(directory)
    }
    // Whatever a power cut could still take from what we go on from must not be taken later.
    try file.sync()
    groupCommit = GroupCommit(syncedThrough: end.sequence)
    let last = End(sequence: end.sequence, hash: ChainHash(end.hash), time: end.time, contentThrough: end.sequence)
    writing = Mutex(Writer(file: file, fileBytes: end.segmentBytes))
    state = Mutex(State(staged: last, written: last, file: file, checkpointedThrough: end.checkpointedThrough))
    if !end.torn.isEmpty { try appendRecovery(end, file: file.path) }
    try append(isContent: true) { line in
      line.member("kind", "log_opened")
      line.member("format", 2)
    }
  }

  static func isFit(writer: [UInt8]) -> Bool {
    (1...64).contains(writer.count)
      && writer.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
          UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
          true
        default: false
        }
      }
  }

  /// Puts an event on record. Returns when the record is in the kernel, or on disk with `strict` durability.
  ///
  /// - Returns: the record's place; a statement's outcome refers to it.
  /// - Throws: `AuditError`: `diskFull` (nothing is written; try again later), `tooLong`, `broken`, `system`. A caller that gets one
  ///   must not do what it wanted to record.
  @discardableResult
  public func append(_ event: AuditEvent) throws -> Position { try append(isContent: true) { event.encode(into: &$0) } }

  /// A parameter that must not stand in the log: its hash under a key that only this process has. Equal values have equal hashes for
  /// as long as the log is open.
  public func hashed(_ value: [UInt8]) -> AuditParameter { .hashed(Array(Digest.blake2b(value, key: parameterKey).prefix(16))) }

  /// The first 16 bytes of this are what `hashed(_:)` says of the value.
  func hash(_ value: RawSpan) -> ChainHash { ChainHash(of: value, key: parameterKey) }

  /// Syncs everything that was appended.
  public func sync() throws {
    try groupCommit.wait(for: state.withLock { $0.written.sequence }) { self.written }
  }

  /// Calls back when everything that was committed or appended by now is on disk, from a thread of the log's own, in the order of the
  /// calls; with what `sync` would throw, if that fails. Calls that wait at the same time share one sync.
  public func syncLater(_ completion: @escaping @Sendable ((any Error)?) -> Void) {
    let sequence = state.withLock { $0.written.sequence }
    syncs.async { [self] in
      do {
        try groupCommit.wait(for: sequence) { self.written }
        completion(nil)
      } catch { completion(error) }
    }
  }

  private var written: (through: UInt64, file: AuditFile) { state.withLock { ($0.written.sequence, $0.file) } }

  // MARK: - Checkpoints

  /// The last record.
  public var head: CheckpointHead {
    state.withLock { CheckpointHead(writer: writer, sequence: $0.written.sequence, hash: $0.written.hash.bytes) }
  }

  /// Lets `signer` sign the head, and appends the checkpoint. To be called every few seconds, from a thread that may wait.
  ///
  /// - Returns: the checkpoint, which the ledger should keep; nil when nothing was recorded since the last.
  /// - Throws: what `signer` throws; `AuditError.invalid` when what it made does not fit; as `append`.
  @discardableResult
  public func checkpoint(by signer: any CheckpointSigner) throws -> SignedCheckpoint? {
    let head: CheckpointHead? = state.withLock { state in
      let end = state.written
      return end.contentThrough > state.checkpointedThrough
        ? CheckpointHead(writer: writer, sequence: end.sequence, hash: end.hash.bytes) : nil
    }
    guard let head else { return nil }
    let checkpoint = try signer.sign(head)
    guard checkpoint.head == head else {
      throw AuditError(.invalid, path: directory, message: "the signer signed another head", next: "check which issuer is asked")
    }
    try append(checkpoint)
    return checkpoint
  }

  /// Appends a checkpoint that was signed elsewhere.
  /// - Throws: `AuditError.invalid` when it is of another writer, or its signature is not good; as `append`.
  public func append(_ checkpoint: SignedCheckpoint) throws {
    guard checkpoint.head.writer == writer, checkpoint.isAuthentic else {
      throw AuditError(
        .invalid, path: directory, message: "the checkpoint is of another writer or badly signed",
        next: "check which issuer is asked")
    }
    try append(isContent: false) { checkpoint.encode(into: &$0) }
    state.withLock { $0.checkpointedThrough = max($0.checkpointedThrough, checkpoint.head.sequence) }
  }

  // MARK: - Writing

  private func appendRecovery(_ end: LogEnd, file: String) throws {
    try append(isContent: true) { line in
      line.member("kind", "log_recovered")
      line.member("file", String(file.dropFirst(directory.count + 1)))
      line.member("tornBytes", end.torn.count)
      line.member("torn", Base64URL.encode(Array(end.torn.prefix(4096))))
    }
  }

  @discardableResult
  private func append(isContent: Bool, _ encode: @Sendable (inout JSONLine) -> Void) throws -> Position {
    let (staged, time) = try state.withLock { state in
      (try stage(isContent: isContent, &state, encode), state.staged.time)
    }
    let position = Position(sequence: staged.sequence, time: time)
    try commit(from: staged.batch, through: staged.batch)
    if durability == .strict { try groupCommit.wait(for: position.sequence) { self.written } }
    return position
  }

  /// Stages an event.
  ///
  /// - Throws: `AuditError`: `tooLong`, `broken`; nothing is staged then.
  public func stage(_ event: AuditEvent) throws -> Staged {
    try state.withLock { try stage(isContent: true, &$0) { event.encode(into: &$0) } }
  }

  // The two that come with every statement are written out: a closure for each costs as much as the encoding.

  /// Stages the record of a statement. Throws as `stage(_:)`.
  public func stage(
    _ session: SessionRecords, _ form: SessionRecords.Form, _ statement: StatementMembers, _ parameters: ParameterMembers?
  ) throws -> Staged {
    try state.withLock { state in
      let start = try begin(&state)
      session.encode(form, statement, parameters, into: &state.lines)
      return try end(isContent: true, from: start, &state)
    }
  }

  /// The same with parameters as they have just been encoded.
  public func stage(
    _ session: SessionRecords, _ form: SessionRecords.Form, _ statement: StatementMembers,
    _ parameters: borrowing ParameterScratch
  ) throws -> Staged {
    try state.withLock { state in
      let start = try begin(&state)
      session.encode(form, statement, parameters, into: &state.lines)
      return try end(isContent: true, from: start, &state)
    }
  }

  /// Stages the record of a statement's end. Throws as `stage(_:)`.
  public func stage(_ session: SessionRecords, _ end: StatementEnd) throws -> Staged {
    try state.withLock { state in
      let start = try begin(&state)
      session.encode(end, into: &state.lines)
      return try self.end(isContent: true, from: start, &state)
    }
  }

  /// Returns when the records of the batches from `first` on, as far as they were staged by now, are in the kernel. All that is staged
  /// goes with them, in one write; a caller whose records another's write has taken returns when that is done.
  ///
  /// - Parameter last: the last batch that the caller has records in.
  /// - Throws: why one of these batches could not be written. Its records are lost: their numbers are given to others. A batch holds
  ///   the records of all threads, and what was staged while it was being written is lost with it; each caller of `commit` hears of it.
  public func commit(from first: UInt64, through last: UInt64 = .max) throws {
    let why = writing.withLock { writer -> (any Error)? in
      let taken = state.withLock { take(through: last, &$0, &writer) }
      let failure = taken.map { taken in Result { try write(taken, &writer) } }
      return state.withLock { state in
        if let taken, let failure { finish(taken, failure, &state, writer) }
        return state.lost.isEmpty ? nil : state.lost.why(first...max(first, last))
      }
    }
    if let why { throw why }
  }

  private func stage(isContent: Bool, _ state: inout State, _ encode: @Sendable (inout JSONLine) -> Void) throws -> Staged {
    let start = try begin(&state)
    encode(&state.lines)
    return try end(isContent: isContent, from: start, &state)
  }

  /// Opens a record, and says where it does.
  private func begin(_ state: inout State) throws -> Int {
    if let broken = state.broken { throw broken }
    let start = state.lines.count
    state.time = max(AuditTime.now(), state.staged.time)
    state.lines.raw("{\"seq\":")
    state.lines.number(state.staged.sequence + 1)  // 2^64 records are not reached in a lifetime
    state.lines.raw(opening)
    state.clock.append(state.time, to: &state.lines)
    state.lines.raw("\",\"prev\":\"")
    state.lines.hexadecimal(state.staged.hash)
    state.lines.raw("\"")
    return start
  }

  /// Closes it, and puts it into the chain.
  private func end(isContent: Bool, from start: Int, _ state: inout State) throws -> Staged {
    state.lines.raw("}")
    guard state.lines.count - start <= Segments.lineBytesMax else {
      state.lines.cut(to: start)
      throw AuditError(.tooLong, path: directory, message: "a record is above 16 MiB", next: "lower statementBytesMax")
    }
    state.staged.hash.hash(state.lines, from: start)
    state.lines.raw("\n")
    state.staged.sequence += 1
    state.staged.time = state.time
    if isContent { state.staged.contentThrough = state.staged.sequence }
    return Staged(sequence: state.staged.sequence, batch: state.batch)
  }

  /// A batch on its way into the kernel.
  private struct Taken {
    let batch: UInt64
    /// The chain's end with it, and before.
    let end: End
    let before: End
    let broken: AuditError?
  }

  /// Takes what is staged, if any of it is of batches up to `last`; what is staged from now on is of the next.
  private func take(through last: UInt64, _ state: inout State, _ writer: inout Writer) -> Taken? {
    guard state.lines.count > 0, state.batch <= last else { return nil }
    swap(&state.lines, &writer.lines)
    defer { state.batch += 1 }
    return Taken(batch: state.batch, end: state.staged, before: state.written, broken: state.broken)
  }

  /// Writes what was taken; all of it or nothing.
  private func write(_ taken: Taken, _ writer: inout Writer) throws {
    defer { writer.lines.clear() }
    if let broken = taken.broken { throw broken }
    if writer.fileBytes >= segmentBytesMax { try beginSegment(first: taken.before.sequence + 1, &writer) }
    do {
      try writer.file.write(writer.lines)
    } catch {
      do {
        try writer.file.cut(to: writer.fileBytes)
      } catch {
        throw breaks(writer.file.path, "half a record could not be cut off again")
      }
      throw error
    }
    writer.fileBytes += writer.lines.count
  }

  /// Says how it went. What was staged behind a batch that is lost bears numbers and hashes that follow from it: it is lost, too.
  private func finish(_ taken: Taken, _ result: Result<Void, any Error>, _ state: inout State, _ writer: borrowing Writer) {
    switch result {
    case .success:
      state.written = taken.end
      if state.file !== writer.file { state.file = writer.file }
    case .failure(let error):
      state.lost.add(taken.batch...state.batch, error)
      state.staged = taken.before
      state.lines.clear()
      state.batch += 1
    }
  }

  private func beginSegment(first sequence: UInt64, _ writer: inout Writer) throws {
    // The file before is whole on disk before a record stands behind it: GroupCommit counts on it.
    try writer.file.sync()
    writer.file = try AuditFile.creating(Segments.path(in: directory, first: sequence))
    writer.fileBytes = 0
    do {
      try AuditFile.syncDirectory(directory)
    } catch {
      throw breaks(directory, "the directory could not be synced")
    }
  }

  /// Nothing is staged or written any more.
  private func breaks(_ path: String, _ why: String) -> AuditError {
    let error = AuditError(.broken, path: path, message: why, next: "cure the disk, then restart")
    state.withLock { $0.broken = error }
    return error
  }
}
