import Sodium
import Synchronization

/// Writes one chain of records. Any number of threads may append; a record is encoded before the lock is taken, and what is done
/// under the lock is its number, its time, one hash and one `write(2)`.
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
  private let state: Mutex<State>

  private struct State {
    var file: AuditFile
    var fileBytes: Int
    var sequence: UInt64
    var hash: [UInt8]
    var hashText: [UInt8]
    var time: AuditTime
    var checkpointedThrough: UInt64 = 0
    /// Records of the log's own kinds after the last that was anything else; a checkpoint of nothing else is not worth one.
    var contentThrough: UInt64 = 0
    var line = JSONLine(capacity: 4096)
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
    state = Mutex(
      State(
        file: file, fileBytes: end.segmentBytes, sequence: end.sequence, hash: end.hash, hashText: Self.hex(end.hash),
        time: end.time,
        checkpointedThrough: end.checkpointedThrough, contentThrough: end.sequence))
    if !end.torn.isEmpty { try appendRecovery(end, file: file.path) }
    var line = JSONLine(capacity: 64)
    line.member("kind", "log_opened")
    line.member("format", 1)
    _ = try write(line, isContent: true)
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
  public func append(_ event: AuditEvent) throws -> Position {
    var line = JSONLine(capacity: 512)
    event.encode(into: &line)
    return try write(line, isContent: true)
  }

  /// A parameter that must not stand in the log: its hash under a key that only this process has. Equal values have equal hashes for
  /// as long as the log is open.
  public func hashed(_ value: [UInt8]) -> AuditParameter { .hashed(Array(Digest.blake2b(value, key: parameterKey).prefix(16))) }

  /// Syncs everything that was appended.
  public func sync() throws {
    try groupCommit.wait(for: state.withLock { $0.sequence }) { self.written }
  }

  private var written: (through: UInt64, file: AuditFile) { state.withLock { ($0.sequence, $0.file) } }

  // MARK: - Checkpoints

  /// The last record.
  public var head: CheckpointHead {
    state.withLock { CheckpointHead(writer: writer, sequence: $0.sequence, hash: $0.hash) }
  }

  /// Lets `signer` sign the head, and appends the checkpoint. To be called every few seconds, from a thread that may wait.
  ///
  /// - Returns: the checkpoint, which the ledger should keep; nil when nothing was recorded since the last.
  /// - Throws: what `signer` throws; `AuditError.invalid` when what it made does not fit; as `append`.
  @discardableResult
  public func checkpoint(by signer: any CheckpointSigner) throws -> SignedCheckpoint? {
    let head: CheckpointHead? = state.withLock {
      $0.contentThrough > $0.checkpointedThrough ? CheckpointHead(writer: writer, sequence: $0.sequence, hash: $0.hash) : nil
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
    var line = JSONLine(capacity: 512)
    checkpoint.encode(into: &line)
    _ = try write(line, isContent: false)
    state.withLock { $0.checkpointedThrough = max($0.checkpointedThrough, checkpoint.head.sequence) }
  }

  // MARK: - Writing

  private func appendRecovery(_ end: LogEnd, file: String) throws {
    var line = JSONLine(capacity: 512)
    line.member("kind", "log_recovered")
    line.member("file", String(file.dropFirst(directory.count + 1)))
    line.member("tornBytes", end.torn.count)
    line.member("torn", Base64URL.encode(Array(end.torn.prefix(4096))))
    _ = try write(line, isContent: true)
  }

  private func write(_ members: JSONLine, isContent: Bool) throws -> Position {
    let position = try state.withLock { state in
      let position = try write(members, to: &state)
      if isContent { state.contentThrough = position.sequence }
      return position
    }
    if durability == .strict { try groupCommit.wait(for: position.sequence) { self.written } }
    return position
  }

  private func write(_ members: JSONLine, to state: inout State) throws -> Position {
    if let broken = state.broken { throw broken }
    let sequence = state.sequence + 1  // 2^64 records are not reached in a lifetime
    let time = max(AuditTime.now(), state.time)
    state.line.clear()
    state.line.raw("{\"seq\":")
    state.line.number(sequence)
    state.line.raw(opening)
    state.line.raw(time)
    state.line.raw("\",\"prev\":\"")
    state.line.raw(state.hashText)
    state.line.raw("\",")
    state.line.raw(members.bytes)
    state.line.raw("}")
    guard state.line.bytes.count <= Segments.lineBytesMax else {
      throw AuditError(.tooLong, path: directory, message: "a record is above 16 MiB", next: "lower statementBytesMax")
    }
    var hash = state.hash
    var hashSpan = hash.mutableSpan
    Digest.blake2b256(state.line.bytes.span, into: &hashSpan)
    state.line.raw("\n")
    if state.fileBytes >= segmentBytesMax { try beginSegment(first: sequence, &state) }
    do {
      try state.file.write(state.line.bytes)
    } catch {
      do {
        try state.file.cut(to: state.fileBytes)
      } catch {
        state.broken = AuditError(
          .broken, path: state.file.path, message: "half a record could not be cut off again", next: "cure the disk, then restart"
        )
      }
      throw error
    }
    state.fileBytes += state.line.bytes.count
    state.sequence = sequence
    state.hash = hash
    state.hashText = Self.hex(hash)
    state.time = time
    return Position(sequence: sequence, time: time)
  }

  private func beginSegment(first sequence: UInt64, _ state: inout State) throws {
    // The file before is whole on disk before a record stands behind it: GroupCommit counts on it.
    try state.file.sync()
    let file = try AuditFile.creating(Segments.path(in: directory, first: sequence))
    state.file = file
    state.fileBytes = 0
    do {
      try AuditFile.syncDirectory(directory)
    } catch {
      state.broken = AuditError(
        .broken, path: directory, message: "the directory could not be synced", next: "cure the disk, then restart")
      throw error
    }
  }

  private static let digits = Array("0123456789abcdef".utf8)

  private static func hex(_ bytes: [UInt8]) -> [UInt8] {
    var text = [UInt8]()
    text.reserveCapacity(bytes.count * 2)
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return text
  }
}
