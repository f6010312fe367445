import Policy
import PostgresWire
import Reactor

/// The masks of a best-effort session: values of columns that RowDescription attributes to a masked one are exchanged in each row.
final class WireMasks {
  /// A column comes of which nothing is shown.
  struct Denied: Error, Equatable {
    var table: String
    var column: String
  }

  private let origins: MaskedOrigins
  /// Of the rows to come; nil for a column that is shown as it is.
  private var masks: [WireMask?] = []
  private var masksSomething = false
  private var described: [UInt8] = []

  init(_ tables: [MaskedTable]) { origins = MaskedOrigins(tables) }

  /// The columns of the rows to come, from a RowDescription.
  func describe(_ body: RawSpan) throws {
    if !described.isEmpty, body.equals(described) { return }
    described = []
    masks = try RowDescription.decode(body).columns.map { column throws(Denied) in
      guard column.tableOID != 0, let origin = origins[column.tableOID, column.columnNumber] else { return nil }
      if origin.mask == .deny { throw Denied(table: origin.table, column: origin.column) }
      return WireMask(
        kind: origin.mask, typeOID: column.typeOID, typeName: origin.type, typeModifier: column.typeModifier,
        isBinary: column.format != 0)
    }
    masksSomething = masks.contains { $0 != nil }
    described = body.copied
  }

  /// The messages to send in place of whole DataRows, side by side; nil for themselves.
  func rows(_ messages: RawSpan) throws(WireError) -> [UInt8]? {
    guard masksSomething else { return nil }
    var writer = WireWriter()
    var start = 0
    while start < messages.byteCount {
      let end = start + 1 + Int(messages[word: start + 1])
      try row(messages.extracting(start + FrameLimits.headerBytes..<end)).encode(into: &writer)
      start = end
    }
    return writer.bytes
  }

  private func row(_ body: RawSpan) throws(WireError) -> DataRow {
    try WireReader.read(body) { reader throws(WireError) in
      let count = Int(try reader.uint16())
      // Rows are described before they come; if that did not hold, nothing of them could be masked.
      guard count == masks.count else { throw WireError(.value, "a row has \(count) columns, and \(masks.count) were described") }
      var values: [[UInt8]?] = []
      values.reserveCapacity(count)
      for mask in masks {
        let length = try reader.int32()
        let value: [UInt8]? = length == -1 ? nil : try reader.bytes(Int(length))
        values.append(mask.map { $0.masked(value) } ?? value)
      }
      return DataRow(values)
    }
  }
}
