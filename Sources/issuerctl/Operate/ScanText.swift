import Foundation
import IssuerAPI

/// A scan's proposals in words, and as YAML to paste.
enum ScanText {
  /// `schema.table.column` as the policy file writes it.
  static func label(_ proposal: ScanProposal) -> String {
    [proposal.schema, proposal.table, proposal.column].map(part).joined(separator: ".")
  }

  static func evidence(_ proposal: ScanProposal) -> String {
    let what =
      switch proposal.kind {
      case .personName: "names of people"
      case .email: "e-mail addresses"
      case .phone: "phone numbers"
      case .card: "card numbers"
      case .iban: "IBANs"
      case .nationalID: "national ids"
      case .birthDate: "dates of birth"
      case .address: "addresses"
      case .secret: "passwords, tokens or keys"
      case .mixed: "personal data in free text"
      }
    let counts = proposal.matches > 0 ? "\(proposal.matches) of \(proposal.values) values" : "\(proposal.values) values"
    return "\(what): \(counts)" + (proposal.isNamedSo ? ", by its name" : "")
  }

  /// Under `databases:` of the policy. What is not sure is a comment.
  static func yaml(_ report: ScanReport) -> String {
    var lines = [
      "# Proposed by `issuerctl scan` from samples of \(report.tables) tables. Look at each line before it becomes policy.",
      "databases:", "  \(quoted(report.database)):",
      "    masks:" + (report.proposals.contains { $0.confidence != .low } ? "" : " {}"),
    ]
    for proposal in report.proposals {
      lines.append("      # \(proposal.confidence.rawValue): \(line(evidence(proposal)))")
      let entry = "\(quoted(label(proposal))): \(proposal.mask.rawValue)"
      lines.append(proposal.confidence == .low ? "      # \(entry)" : "      \(entry)")
    }
    for skipped in report.skipped { lines.append("# not read: \(line(skipped.table)): \(line(skipped.reason))") }
    return lines.joined(separator: "\n")
  }

  /// A part of a name that has a dot or a quote in it stands in quotes.
  private static func part(_ name: String) -> String {
    name.contains { $0 == "." || $0 == "\"" } ? "\"" + name.replacing("\"", with: "\"\"") + "\"" : name
  }

  /// A YAML key: as it is when it is plain, else as JSON, which YAML reads.
  private static func quoted(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy { byte in
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
    }
    if isPlain, text.first?.isLetter == true, !["null", "true", "false", "yes", "no", "on", "off"].contains(text) { return text }
    let json = (try? JSONEncoder().encode([text])).map { String(decoding: $0, as: UTF8.self) } ?? "[\"\"]"
    return String(json.dropFirst().dropLast())
  }

  private static func line(_ text: String) -> String { Terminal.clean(text) }
}
