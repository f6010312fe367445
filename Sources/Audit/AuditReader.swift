/// Reads the records of logs in the order in which they were written, one at a time. Outcomes have the session and the lease of their
/// statements, as far as these were read before them, and a SQLSTATE; their lines stay as they are.
public struct AuditReader: Sequence, IteratorProtocol {
  private var paths: [String]
  private var lines: LineReader?
  private var owners = OutcomeOwners()
  /// Why the reading ended, if it was not the end of the log; to be looked at after the last record.
  public private(set) var failure: AuditError?
  /// Lines that are no record and were left out; `AuditVerifier` says which.
  public private(set) var skippedLines = 0

  /// A reader of a writer's directory, or of one segment file.
  ///
  /// - Throws: `AuditError.missing`
  public init(_ path: String) throws {
    paths = path.hasSuffix(Segments.fileExtension) ? [path] : try Segments.list(path).map(\.path)
    guard !paths.isEmpty else {
      throw AuditError(
        .missing, path: path, message: "there is no audit log", next: "name a directory that holds *.jsonl segments")
    }
  }

  /// The directories that hold logs, among `path` and what lies directly in it.
  ///
  /// - Throws: `AuditError.missing` when there is none.
  public static func directories(in path: String) throws -> [String] {
    if try !Segments.list(path).isEmpty { return [path] }
    let below = try Segments.directories(in: path).filter { try !Segments.list($0).isEmpty }
    guard !below.isEmpty else {
      throw AuditError(
        .missing, path: path, message: "there is no audit log", next: "name a directory that holds *.jsonl segments")
    }
    return below
  }

  public mutating func next() -> AuditRecord? {
    do {
      while true {
        if lines == nil {
          guard !paths.isEmpty else { return nil }
          lines = try LineReader(path: paths.removeFirst())
        }
        guard let line = try lines?.next() else {
          lines = nil
          continue
        }
        if line.isEnded, let record = AuditRecord(line: line.bytes) { return owners.complete(record) }
        skippedLines += 1
      }
    } catch {
      failure = error as? AuditError
      paths = []
      lines = nil
      return nil
    }
  }
}
