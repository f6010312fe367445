import Policy

/// The masked columns of a session's database, by what RowDescription says of where a column comes from.
struct MaskedOrigins: Sendable {
  struct Column: Sendable, Equatable {
    /// `schema.table`.
    var table: String
    var column: String
    /// As `format_type` prints it.
    var type: String
    var mask: MaskKind
  }

  private struct Key: Hashable {
    var table: UInt32
    var column: Int16
  }
  private var columns: [Key: Column] = [:]

  init(_ tables: [MaskedTable]) {
    for table in tables {
      for column in table.columns {
        guard let mask = column.mask else { continue }
        columns[Key(table: table.tableOID, column: column.number)] = Column(
          table: "\(table.schema).\(table.table)", column: column.name, type: column.type, mask: mask)
      }
    }
  }

  /// - Parameter number: `pg_attribute.attnum`.
  subscript(table: UInt32, number: Int16) -> Column? { columns[Key(table: table, column: number)] }
}
