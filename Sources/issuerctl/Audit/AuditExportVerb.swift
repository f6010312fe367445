import ArgumentParser
import Audit
import Foundation

struct AuditExportVerb: AuditVerb {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write records for other programs, as JSON lines or CSV.",
    discussion: """
      JSON lines are the records as they stand in the log. CSV has one row a record; cells that a spreadsheet would take for formulas
      are marked with an apostrophe.

      EXAMPLES
        issuerctl audit export --since 30d > records.jsonl
        issuerctl audit export --format csv --person ada > ada.csv
      """)

  @OptionGroup var place: AuditPlaceOptions
  @OptionGroup var filter: AuditFilterOptions

  @Option(help: ArgumentHelp("jsonl or csv.", valueName: "format"))
  var format: AuditExport.Format = .jsonl

  func act() throws {
    let output = FileHandle.standardOutput
    if format == .csv { try output.write(contentsOf: Data(AuditExport.csvHeader.utf8)) }
    var buffer: [UInt8] = []
    try AuditReading(logs: place.logs()).forEach(filter.search) { record in
      buffer += AuditExport.bytes(record, as: format)
      if buffer.count > 1 << 16 {
        try output.write(contentsOf: Data(buffer))
        buffer.removeAll(keepingCapacity: true)
      }
      return true
    }
    try output.write(contentsOf: Data(buffer))
  }
}

extension AuditExport.Format: ExpressibleByArgument {}
