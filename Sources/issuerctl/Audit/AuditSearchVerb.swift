import ArgumentParser
import Audit

struct AuditSearchVerb: AuditVerb {
  static let configuration = CommandConfiguration(
    commandName: "search", abstract: "Find who did what, when, to which table.",
    discussion: """
      Every condition must hold. A statement that is found brings its outcome. With --format json, the records' own lines, one JSON
      object each.

      EXAMPLES
        issuerctl audit search --person ada --since 7d
        issuerctl audit search --table public.cards --kind statement --format json
        issuerctl audit search --text "delete from" --since 2026-11-01 --until 2026-12-01
      """)

  @OptionGroup var place: AuditPlaceOptions
  @OptionGroup var filter: AuditFilterOptions
  @OptionGroup var output: OutputOptions

  @Option(help: ArgumentHelp("Stop after so many records.", valueName: "n"))
  var limit: Int?

  func act() throws {
    var found = 0
    try AuditReading(logs: place.logs()).forEach(filter.search) { record in
      found += 1
      switch output.format {
      case .json: Terminal.standardOutput.write(String(decoding: record.line, as: UTF8.self))
      case .text: Terminal.standardOutput.write(AuditRendering.text(record))
      }
      return limit.map { found < $0 } ?? true
    }
    if found == 0, output.format == .text { Terminal.standardError.write("nothing found") }
  }
}
