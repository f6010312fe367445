import ArgumentParser
import IssuerAPI

struct ScanVerb: Verb {
  static let configuration = CommandConfiguration(
    commandName: "scan", abstract: "Sample a database and propose masks for its columns (operators).",
    discussion: """
      Looks for names, e-mail addresses, phones, cards, IBANs, national ids, dates of birth, addresses, passwords and keys by column
      name, type and content. issuerd reads a bounded sample of each table, read-only, and tells counts: no value is ever shown.
      Columns that policy or a comment speaks of already are left out.

      EXAMPLES
        issuerctl scan --database shop
        issuerctl scan --database shop --format yaml >> masks.yaml
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable { case text, yaml, json }

  @OptionGroup var client: ClientOptions

  @Option(help: "A database of the policy.")
  var database: String

  @Option(help: ArgumentHelp("Rows of each table at most, 1 to 10000; 1000 if left out.", valueName: "rows"))
  var sample: Int?

  @Option(help: "text for people, yaml to paste into the policy, json for scripts.")
  var format: Format = .text

  func perform() throws {
    let report = try client.client().scan(ScanCreate(database: database, sampleRows: sample))
    switch format {
    case .json: try JSONText.write(report)
    case .yaml: Terminal.standardOutput.write(ScanText.yaml(report))
    case .text: write(report)
    }
  }

  private func write(_ report: ScanReport) {
    var table = Table(["COLUMN", "TYPE", "MASK", "CONFIDENCE", "EVIDENCE"])
    for proposal in report.proposals {
      table.add([
        ScanText.label(proposal), proposal.type, proposal.mask.rawValue, proposal.confidence.rawValue,
        ScanText.evidence(proposal),
      ])
    }
    table.write(empty: "nothing was found that is not labelled")
    let terminal = Terminal.standardError
    for skipped in report.skipped {
      terminal.write("not read: \(Terminal.clean(skipped.table)): \(Terminal.clean(skipped.reason))")
    }
    terminal.write(
      "\(report.tables) tables read in \(report.durationMilliseconds) ms; \(report.labelled) columns have a label. "
        + "A sample proves nothing absent: look at the rest yourself. `--format yaml` to paste.")
  }
}
