import Detectors
import Policy
import PostgresWire
import Reactor

/// Detectors over what the server sends to one session: text in rows, COPY data, errors, notices, notifications (DESIGN section 9.7).
/// Best effort, for what nobody labelled: splitting, case changes and encodings of a value defeat it.
final class WireDetectors {
  /// A DataRow or CopyData longer than this is not read: its statement is ended.
  static let rowBytesMax = 16 << 20

  /// In one piece, so that a run of rows costs a single run-time check of exclusive access.
  private var rows: RowDetectors

  /// Nil without rules.
  init?(_ rules: DetectorRules) {
    if rules.isEmpty { return nil }
    rows = RowDetectors(rules)
  }

  /// The columns of the rows to come, from a RowDescription.
  func describe(_ body: RawSpan) throws(WireError) { rows.describe(try RowDescription.decode(body).columns) }

  /// What was found since the last call. Called at the end of each statement.
  func takeFindings() -> [DetectorTally.Entry] { rows.takeFindings() }

  /// What to send in place of whole DataRows or CopyDatas, side by side; nil for themselves.
  func rows(_ type: UInt8, _ messages: RawSpan) throws(WireError) -> [UInt8]? { try rows.replaced(type, messages) }

  /// An error or a notice without what was found in its texts; nil where nothing has to go.
  func scrubbed(_ response: ErrorResponse, at place: DetectorTally.Place) -> ErrorResponse? {
    var response = response
    var isChanged = false
    for index in response.fields.indices where "MDHWq".utf8.contains(response.fields[index].type) {
      guard let text = scrubbed(Array(response.fields[index].value.utf8), at: place) else { continue }
      response.fields[index].value = String(decoding: text, as: UTF8.self)
      isChanged = true
    }
    return isChanged ? response : nil
  }

  /// A text without what was found in it; nil where nothing has to go.
  func scrubbed(_ text: [UInt8], at place: DetectorTally.Place) -> [UInt8]? { rows.scrubbed(text, at: place) }
}
