/// RowDescription: the columns of the rows to come.
public struct RowDescription: Sendable, Equatable {
  public static let type = UInt8(ascii: "T")

  public struct Column: Sendable, Equatable {
    public var name: [UInt8]
    /// OID and number of the table's column that this is, unchanged; 0 for an expression.
    public var tableOID: UInt32
    public var columnNumber: Int16
    public var typeOID: UInt32
    public var typeBytes: Int16
    public var typeModifier: Int32
    /// 0 text, 1 binary.
    public var format: UInt16

    public init(
      name: [UInt8], tableOID: UInt32 = 0, columnNumber: Int16 = 0, typeOID: UInt32, typeBytes: Int16 = -1,
      typeModifier: Int32 = -1, format: UInt16 = 0
    ) {
      self.name = name
      self.tableOID = tableOID
      self.columnNumber = columnNumber
      self.typeOID = typeOID
      self.typeBytes = typeBytes
      self.typeModifier = typeModifier
      self.format = format
    }
  }

  public var columns: [Column]
  public init(columns: [Column]) { self.columns = columns }

  public static func decode(_ body: RawSpan) throws(WireError) -> Self {
    try WireReader.read(body) { reader throws(WireError) in
      var columns: [Column] = []
      for _ in 0..<(try reader.uint16()) {
        columns.append(
          Column(
            name: try reader.stringBytes(), tableOID: try reader.uint32(), columnNumber: Int16(bitPattern: try reader.uint16()),
            typeOID: try reader.uint32(), typeBytes: Int16(bitPattern: try reader.uint16()),
            typeModifier: try reader.int32(), format: try reader.uint16()))
      }
      return Self(columns: columns)
    }
  }

  public func encode(into writer: inout WireWriter) {
    writer.message(Self.type) {
      $0.uint16(UInt16(columns.count))
      for column in columns {
        $0.string(utf8: column.name)
        $0.uint32(column.tableOID)
        $0.uint16(UInt16(bitPattern: column.columnNumber))
        $0.uint32(column.typeOID)
        $0.uint16(UInt16(bitPattern: column.typeBytes))
        $0.int32(column.typeModifier)
        $0.uint16(column.format)
      }
    }
  }
}
