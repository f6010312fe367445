import Foundation
import Policy
import PostgresWire
import TestSupport
import Testing

@testable import Proxy
@testable import SQLAnalysis

/// Rows that a client exported masked and sends back by COPY FROM STDIN.
@Suite struct CopyInTests {
  // MARK: The data

  private static func form(
    _ format: CopyIn.Format, delimiter: Character = "\t", null: String? = "\\N", quote: Character = "\"",
    escape: Character = "\"",
    hasHeader: Bool = false
  ) -> CopyIn {
    CopyIn(
      table: 0, columns: ["a", "b", "c"], format: format, delimiter: delimiter.asciiValue ?? 0, quote: quote.asciiValue ?? 0,
      escape: escape.asciiValue ?? 0, null: null.map { Array($0.utf8) }, hasHeader: hasHeader, ordinal: 0)
  }

  /// The values of the second column, each behind its line's number, whatever pieces the data come in.
  private func values(_ form: CopyIn, _ data: [UInt8], pieceBytes: Int) -> [String] {
    var rows = CopyRows(form, wanted: [false, true, false])
    var values: [String] = []
    var start = 0
    while start < data.count {
      let piece = Array(data[start..<min(start + pieceBytes, data.count)])
      let found = rows.read(piece.span) { _, value, _ in
        values.append(String(decoding: value, as: UTF8.self))
        return false
      }
      #expect(found == nil)
      start += pieceBytes
    }
    _ = rows.end { _, value, _ in
      values.append(String(decoding: value, as: UTF8.self))
      return false
    }
    return values
  }

  @Test(arguments: [
    (form(.text), "1\tx\ty\n2\tz\tw\n", ["x", "z"]), (form(.text), "1\tx", ["x"]), (form(.text), "1\t\\N\ty\n2\t\t", [""]),
    (form(.text), "1\ta\\tb\\\\\\x2a\\052\\q\\\n\ty\r\n2\tc\tz", ["a\tb\\**q\n", "c"]),
    (form(.text), "1\t\\x2\ty\n2\t\\7x\tz\n3\t\\x", ["\u{2}", "\u{7}x", "x"]),
    (form(.text), "1\tx\ty\n\\.\n2\tz\tw\n", ["x"]), (form(.text, delimiter: "|", null: "nil"), "1|nil|2\n1|nile|2", ["nile"]),
    (form(.text, hasHeader: true), "a\tb\tc\n1\tx\ty", ["x"]), (form(.text, null: nil), "1\t\\N\t2", ["N"]),
    (form(.csv, delimiter: ",", null: ""), "1,x,y\r\n2,\"a,\"\"b\"\"\n\",w\n3,,\n4,\"\",\n", ["x", "a,\"b\"\n", ""]),
    (
      form(.csv, delimiter: ";", null: "", quote: "'", escape: "\\"), "1;'it\\'s \\\\ \\n';2\n3;x'y;z'w;4",
      ["it's \\ \\n", "xy;zw"]
    ),
    (form(.csv, delimiter: ",", null: "***", hasHeader: true), "a,b,c\n1,***,2\n1,\"***\",2", ["***"]),
  ])
  func `values are read as PostgreSQL reads them, in pieces of any length`(form: CopyIn, data: String, expected: [String]) {
    for pieceBytes in [1, 2, 3, 7, 1000] { #expect(values(form, Array(data.utf8), pieceBytes: pieceBytes) == expected) }
  }

  private static let binary: [UInt8] =
    Array("PGCOPY\n".utf8) + [0xff, 13, 10, 0, 0, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3]
    + [0, 3, 0, 0, 0, 1, 9, 0, 0, 0, 3, 42, 42, 42, 0xff, 0xff, 0xff, 0xff] + [0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]
    + [0, 3, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1, 1] + [0xff, 0xff] + [0, 3, 0, 0, 0, 1]

  @Test(arguments: [1, 2, 3, 5, 1000]) func `binary values are read, too`(pieceBytes: Int) {
    #expect(values(Self.form(.binary), Self.binary, pieceBytes: pieceBytes) == ["***", ""])
  }

  @Test func `the row of a value is known, and of a long value its beginning`() throws {
    var rows = CopyRows(Self.form(.csv, delimiter: ",", null: ""), wanted: [false, true, false])
    let data = Array("1,\"x\ny\",2\n3,4,5\n6,\(String(repeating: "z", count: 100_000)),7".utf8)
    var seen: [Int] = []
    let found = rows.read(data.span) { _, value, _ in
      seen.append(value.count)
      return value.first == UInt8(ascii: "z")
    }
    #expect(found == 1 && rows.line == 4)
    #expect(seen == [3, 1, CopyRows.valueBytesMax])
  }

  // MARK: The statements

  private static func copies(_ sql: String) throws -> [CopyIn] {
    let columns = [("id", false), ("email", true), ("name", false)].map {
      ShadowMap.Column(name: $0.0, type: "text", isMasked: $0.1)
    }
    let map = ShadowMap([ShadowMap.Table(schema: "app", table: "users", shadowSchema: "iss_m_1", columns: columns)])
    return try SQLAnalyser().analyse(text: sql).translated(by: map, path: SearchPath(schemas: ["app"])).copiesIn
  }

  @Test func `a COPY FROM STDIN into masked columns is known by its form`() throws {
    let plain = try #require(try Self.copies("COPY users FROM STDIN").first)
    #expect(plain.columns == ["id", "email", "name"] && plain.format == .text && plain.delimiter == 9 && plain.null == [92, 78])
    let options = "FORMAT csv, DELIMITER ';', QUOTE '~', ESCAPE '!', NULL 'n', HEADER"
    let csv = try #require(try Self.copies("COPY app.users (email, name) FROM STDIN (\(options))").first)
    #expect(csv.columns == ["email", "name"] && csv.format == .csv && csv.delimiter == 59 && csv.quote == 126)
    #expect(csv.escape == 33 && csv.null == [110] && csv.hasHeader)
    let old = try #require(
      try Self.copies("COPY users FROM STDIN USING DELIMITERS '|' WITH NULL AS '' CSV HEADER QUOTE AS ''''").first)
    #expect(old.format == .csv && old.delimiter == 124 && old.null == [] && old.hasHeader && old.quote == 39 && old.escape == 39)
    #expect(try Self.copies("COPY BINARY users FROM STDIN").first?.format == .binary)
    #expect(try Self.copies("COPY users FROM STDIN (FORMAT csv, FORCE_NOT_NULL (email), HEADER false)").first?.null == nil)
    let several = try Self.copies("COPY other FROM STDIN; COPY users FROM 'f'; COPY users FROM STDIN; COPY users (id) FROM STDIN")
    #expect(several.map(\.ordinal) == [1])
  }

  // MARK: The wire

  private static let world = Result { try MaskingTests().world(grants: MaskingTests.writing, plaintext: true) }

  private func rows(_ ids: ClosedRange<Int>) throws -> String? {
    try MaskingTests.server.get().connect().execute(
      script: "SELECT count(*) AS n FROM app.users WHERE id BETWEEN \(ids.lowerBound) AND \(ids.upperBound)"
    ).single()["n"]
  }

  @Test(arguments: [
    ("COPY users (id, email, name) FROM STDIN", ["701\ta@b.example\tx\n702\t**", "*\ty\n703\tz\tw\n"], "line 2"),
    ("COPY app.users (email, id, name) FROM STDIN (FORMAT csv, HEADER)", ["email,id,name\n\"***\",704,x\n"], "line 2"),
    ("COPY users (name, email, id) FROM STDIN (DELIMITER '|')", ["x|***|705"], "line 1"),
    (
      "CREATE TEMP TABLE t (a text, b text); COPY t FROM STDIN; COPY app.users (id, email, name) FROM STDIN",
      ["706\t***\n", "", "707\t***\tx\n"],
      "line 1"
    ),
  ])
  func `a COPY that brings what a mask shows is refused, and the session goes on`(
    sql: String, data: [String], place: String
  ) throws {
    let client = try WireClient(try Self.world.get())
    try client.send { Query(sql).encode(into: &$0) }
    _ = try client.read(upTo: "G")
    for piece in data {
      if piece.isEmpty {
        try client.send { CopyDone().encode(into: &$0) }
        _ = try client.read(upTo: "G")
      } else {
        try client.send { CopyData(Array(piece.utf8)).encode(into: &$0) }
      }
    }
    try client.send { writer in
      CopyDone().encode(into: &writer)
      Query("SELECT 'on'").encode(into: &writer)
    }
    let answers = try client.readUntilReady(2)
    let error = try #require(answers.first { $0.type == ErrorResponse.type }?.error)
    #expect(
      error.sqlState == .insufficientPrivilege && error.message == "what a mask shows would be written into app.users.email")
    #expect(error["W"] == "COPY users, \(place), column email")
    #expect(answers.count { $0.type == ErrorResponse.type } == 1)
    #expect(answers.flatMap(\.values) == ["on"])
    #expect(try rows(701...709) == "0")
    #expect(try Self.world.get().audit.contains("masking/placeholder"))
  }

  @Test func `rows with real values go through, whatever else is masked in the session`() throws {
    let client = try WireClient(try Self.world.get())
    try client.send { Query("BEGIN; COPY users (id, email, name) FROM STDIN; ROLLBACK").encode(into: &$0) }
    _ = try client.read(upTo: "G")
    try client.send { writer in
      for id in 711...715 { CopyData(Array("\(id)\tp\(id)@b.example\t***\n".utf8)).encode(into: &writer) }
      CopyDone().encode(into: &writer)
    }
    #expect(try client.readUntilReady().map(\.line).contains("CommandComplete COPY 5"))
  }

  @Test(arguments: [false, true]) func `so it is in the extended protocol, binary data among it`(syncsFirst: Bool) throws {
    let client = try WireClient(try Self.world.get())
    var data = Array("PGCOPY\n".utf8) + [0xff, 13, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    data += [0, 3, 0, 0, 0, 4, 0, 0, 2, 0xd0, 0, 0, 0, 3, 42, 42, 42, 0, 0, 0, 1, 120, 0xff, 0xff]
    try client.send { writer in
      Parse(name: .unnamed, text: Array("COPY users (id, email, name) FROM STDIN (FORMAT binary)".utf8)).encode(into: &writer)
      Bind().encode(into: &writer)
      Execute().encode(into: &writer)
      if syncsFirst { Sync().encode(into: &writer) }
      for byte in data { CopyData([byte]).encode(into: &writer) }
      CopyDone().encode(into: &writer)
      Sync().encode(into: &writer)
      Query("SELECT 'on'").encode(into: &writer)
    }
    let answers = try client.readUntilReady(2)
    let errors = answers.compactMap { $0.type == ErrorResponse.type ? $0.error : nil }
    #expect(errors.map { $0["W"] } == ["COPY users, row 1, column email"], "\(answers.map(\.line))")
    #expect(answers.flatMap(\.values) == ["on"])
    #expect(try rows(720...720) == "0")
  }
}
