/// How a value of a type stands in a row, and so how something in it can be masked without making it unreadable to the client.
enum ValueForm: Equatable {
  /// Its type has no room for what detectors look for: numbers of 32 bits, times, UUIDs, bits, addresses of networks.
  case skipped
  /// Bytes of text that mean nothing but themselves.
  case text
  /// JSON as text; behind a version byte in the binary form of jsonb.
  case json(prefixBytes: Int)
  /// A number in decimal digits, or an array of such.
  case number
  /// An array of text in its text form, `{a,"b c"}`.
  case textArray
  /// An array in its binary form, of text or (with a version byte each) of jsonb.
  case binaryArray(ofJSON: Bool, prefixBytes: Int)
  /// A type that the proxy does not know, in text form: enums, composites, ranges, extensions' types.
  case unknownText
  /// The same in binary form, which may hold lengths: only a mask of the same length leaves it readable.
  case unknownBinary

  /// - Parameter format: 0 for text, 1 for binary, as in RowDescription.
  init(typeOID: UInt32, format: UInt16) {
    let isBinary = format != 0
    switch typeOID {
    case 25, 1043, 1042, 19, 142, 705, 2275: self = .text  // text, varchar, bpchar, name, xml, unknown, cstring
    case 114: self = .json(prefixBytes: 0)
    case 3802: self = .json(prefixBytes: isBinary ? 1 : 0)
    case 1009, 1015, 1014, 1003, 143: self = isBinary ? .binaryArray(ofJSON: false, prefixBytes: 0) : .textArray
    case 199: self = isBinary ? .binaryArray(ofJSON: true, prefixBytes: 0) : .textArray
    case 3807: self = isBinary ? .binaryArray(ofJSON: true, prefixBytes: 1) : .textArray
    case 20, 1700, 1016, 1231: self = isBinary ? .skipped : .number  // int8, numeric, and their arrays
    case let oid where Self.roomless.contains(oid): self = .skipped
    default: self = isBinary ? .unknownBinary : .unknownText
    }
  }

  /// pg_type.dat: bool, bytea, "char", int2, int4, regproc, oid, tid, xid, cid, float4, float8, macaddr8, macaddr, money, cidr, inet,
  /// the geometric types, date, time, timestamp, timestamptz, interval, timetz, bit, varbit, uuid, pg_lsn, and their arrays.
  private static let roomless: Set<UInt32> = [
    16, 17, 18, 21, 23, 24, 26, 27, 28, 29, 700, 701, 774, 829, 790, 650, 869, 600, 601, 602, 603, 604, 628, 718, 1082, 1083,
    1114,
    1184, 1186, 1266, 1560, 1562, 2950, 3220, 1000, 1001, 1005, 1007, 1028, 1010, 1011, 1012, 1021, 1022, 775, 1040, 791, 651,
    1041,
    1182, 1183, 1115, 1185, 1187, 1270, 1561, 1563, 2951, 3221,
  ]
}
