import ArgumentParser
import Audit
import Foundation
import IssuerAPI
import Sodium

struct AuditVerifyVerb: AuditVerb {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Check that nothing in the logs was changed, removed, added or cut off.",
    discussion: """
      With --live the issuer is asked for its public key and for the ledger's checkpoints (operators and auditors). Without, nothing
      but files is read: give the public key (`issuerctl vault status` prints it), and the ledger's checkpoints as well, or a cut tail
      cannot be told from a quiet day:

        psql -AtXc "SELECT row_to_json(c) FROM issuer.checkpoint c" issuer > checkpoints.jsonl

      A key that was written down elsewhere is the stronger proof: whoever took the issuer over answers with a key of their own. With
      --live and --key only the given keys are trusted. Ends with 1 if anything is wrong, and says where.

      EXAMPLES
        issuerctl audit verify --live
        issuerctl audit verify --live --key PUBLICKEY /var/log/issuer-proxy
        issuerctl audit verify --key PUBLICKEY --checkpoints checkpoints.jsonl /mnt/copy/proxy-a
      """)

  @OptionGroup var place: AuditPlaceOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var issuer: IssuerPlaceOptions

  @Flag(help: "Ask the issuer for its public key and the ledger's checkpoints.")
  var live = false

  @Option(help: ArgumentHelp("A public key that is trusted, base64url; old ones, too. May be repeated.", valueName: "key"))
  var key: [String] = []

  @Option(help: ArgumentHelp("A file of trusted public keys, one a line.", valueName: "path"))
  var keyFile: String?

  @Option(help: ArgumentHelp("The ledger's checkpoints, as JSON lines.", valueName: "path"))
  var checkpoints: String?

  @Flag(help: "The first segments may be missing, because they were archived elsewhere.")
  var allowMissingStart = false

  private struct Shown: Encodable {
    struct Finding: Encodable {
      var kind: String
      var file: String
      var line: Int
      var message: String
    }
    var directory: String
    var writer: String?
    var intact: Bool
    var records: UInt64
    var lastSequence: UInt64
    var segments: Int
    var checkpoints: Int
    var checkpointedThrough: UInt64
    var recordsUncovered: UInt64
    var findings: [Finding]
    var findingsLeftOut: Int
  }

  func act() throws {
    // The checkpoints before the logs, which grow: what is in the ledger by now must be in them.
    let asked = live ? try Self.ask(issuer.client(directory: place.directory)) : nil
    let keys = try trustedKeys(asked?.key)
    let ledger = try (checkpoints.map(SignedCheckpoint.load) ?? []) + (asked?.checkpoints ?? [])
    let reports = try place.logs().map {
      try AuditVerifier.verify($0, trustedKeys: keys, ledgerCheckpoints: ledger, allowsMissingStart: allowMissingStart)
    }
    try output.write(reports.map(shown)) {
      for report in reports { write(report) }
      if checkpoints == nil, !live {
        Terminal.standardError.write(
          "the ledger's checkpoints were not given: a cut tail would not show (--live, or --checkpoints FILE)")
      }
    }
    if !reports.allSatisfy(\.isIntact) { throw ExitCode.failure }
  }

  private static func ask(_ client: IssuerClient) throws -> (key: VerificationKey, checkpoints: [SignedCheckpoint]) {
    func malformed(_ what: String) -> CommandFailure {
      CommandFailure(.failure, "the issuer's \(what) is malformed", next: "are issuerctl and issuerd of the same version?")
    }
    let text = try client.auditPublicKey().publicKey
    guard let key = Data(base64Encoded: text).flatMap({ try? VerificationKey(Array($0)) }) else {
      throw malformed("public key")
    }
    let checkpoints = try client.checkpoints().items.map { item in
      guard let checkpoint = SignedCheckpoint(item) else { throw malformed("checkpoint of \(Terminal.clean(item.writer))") }
      return checkpoint
    }
    return (key, checkpoints)
  }

  private func trustedKeys(_ asked: VerificationKey?) throws -> [VerificationKey] {
    var texts = key
    if let keyFile {
      guard let text = try? String(contentsOfFile: keyFile, encoding: .utf8) else {
        throw CommandFailure(.notFound, "\(keyFile) cannot be read", next: "name a file of public keys, one a line")
      }
      texts += text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }
    if texts.isEmpty, let asked { return [asked] }
    guard !texts.isEmpty else {
      throw CommandFailure(
        .failure, "no public key is trusted, so no checkpoint can be checked",
        next: "ask the issuer with --live, or offline give --key (`issuerctl vault status` prints it)")
    }
    return try texts.map { text in
      guard let bytes = Base64URL.decode(text), let key = try? VerificationKey(bytes) else {
        throw CommandFailure(.failure, "\(text) is no public key", next: "give 43 characters of base64url")
      }
      return key
    }
  }

  private func shown(_ report: VerificationReport) -> Shown {
    Shown(
      directory: report.directory, writer: report.writer, intact: report.isIntact, records: report.records,
      lastSequence: report.lastSequence, segments: report.segments, checkpoints: report.checkpoints,
      checkpointedThrough: report.checkpointedThrough, recordsUncovered: report.recordsUncovered,
      findings: report.findings.map { .init(kind: $0.kind.rawValue, file: $0.file, line: $0.line, message: $0.message) },
      findingsLeftOut: report.findingsLeftOut)
  }

  private func write(_ report: VerificationReport) {
    let terminal = Terminal.standardOutput
    let state = report.isIntact ? terminal.styled("intact", .green) : terminal.styled("NOT INTACT", .red)
    terminal.write(
      "\(report.directory): \(state), \(report.records) records in \(report.segments) segments, \(report.checkpoints) checkpoints"
    )
    for finding in report.findings { terminal.write("  " + Terminal.clean(finding.description)) }
    if report.findingsLeftOut > 0 { terminal.write("  and \(report.findingsLeftOut) more") }
    // One is the last checkpoint's own record.
    if report.recordsUncovered > 1 {
      terminal.write("  the last \(report.recordsUncovered) records are behind the last checkpoint: only the chain protects them")
    }
  }
}

extension SignedCheckpoint {
  /// The ledger's copy, as the issuer tells it; nil when its byte strings are none.
  fileprivate init?(_ told: AuditCheckpoint) {
    guard let head = Data(base64Encoded: told.head), head.count == 32, let signature = Data(base64Encoded: told.signature),
      let key = Data(base64Encoded: told.publicKey).flatMap({ try? VerificationKey(Array($0)) })
    else { return nil }
    self.init(
      head: CheckpointHead(writer: told.writer, sequence: told.sequence, hash: Array(head)), at: told.at,
      signature: Array(signature), key: key)
  }
}
