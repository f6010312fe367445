/// What a verification found.
public struct VerificationReport: Sendable, Equatable {
  /// What an attack or an accident shows as (docs/audit-format.md).
  public enum Kind: String, Sendable, Equatable, CaseIterable {
    case malformed, edited, missing, reordered, inserted, rewritten, cut
    case badSignature = "bad_signature"
    case untrustedKey = "untrusted_key"
    case otherWriter = "other_writer"
    case timeBackwards = "time_backwards"
    case wrongSegmentName = "wrong_segment_name"
  }

  /// One thing that is wrong.
  public struct Finding: Sendable, Equatable, CustomStringConvertible {
    public let kind: Kind
    public let file: String
    /// From 1; 0 when it is about the whole log.
    public let line: Int
    /// What is wrong, in a sentence.
    public let message: String

    public var description: String {
      line > 0 ? "\(file):\(line): \(kind.rawValue): \(message)" : "\(file): \(kind.rawValue): \(message)"
    }
  }

  public internal(set) var directory: String
  public internal(set) var writer: String?
  public internal(set) var segments = 0
  public internal(set) var records: UInt64 = 0
  public internal(set) var lastSequence: UInt64 = 0
  /// Good checkpoints, the ledger's included.
  public internal(set) var checkpoints = 0
  /// The last record that a good checkpoint vouches for.
  public internal(set) var checkpointedThrough: UInt64 = 0
  /// At most `AuditVerifier.findingsMax`.
  public internal(set) var findings: [Finding] = []
  /// Findings beyond those.
  public internal(set) var findingsLeftOut = 0

  /// Whether nothing is wrong.
  public var isIntact: Bool { findings.isEmpty }
  /// Records behind the last checkpoint: only the chain protects them.
  public var recordsUncovered: UInt64 { lastSequence > checkpointedThrough ? lastSequence - checkpointedThrough : 0 }

  init(directory: String) { self.directory = directory }
}
