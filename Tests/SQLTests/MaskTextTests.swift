import PostgresClient
import TestSupport
import Testing

/// `partial` and `last4` are written for speed: they show what the plain words of docs/masking.md say, whatever the characters' bytes are.
@Suite struct MaskTextTests {
  /// Characters of each length in bytes that an encoding has.
  private static let encodings = [
    "UTF8": "a,1,@,.,_,%,\\,é,漢,😀", "EUC_JP": "a,1,@,_,%,あ,ｱ,丂", "LATIN1": "a,1,@,_,é,ü", "SQL_ASCII": "a,1,@,_,é,漢",
  ]

  @Test(arguments: PostgresServer.majors) func `ends of any text are shown in any encoding`(major: Int) throws {
    let fixture = try ScopeFixture(major: major, "")
    for (encoding, characters) in Self.encodings.sorted(by: { $0.key < $1.key }) {
      let database = "in_\(encoding.lowercased())"
      try fixture.server.connect().execute(
        script: "CREATE DATABASE \(database) ENCODING '\(encoding)' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
      let connection = try fixture.server.connect(database: database)
      try connection.execute(
        script: """
          SELECT setseed(0.25);
          CREATE TABLE texts AS SELECT (
            SELECT coalesce(string_agg(c[1 + floor(random() * CASE WHEN (g + 0 * i) % 3 = 0 THEN 2 ELSE array_length(c, 1) END)::int], ''), '')
            FROM generate_series(1, g % 27) AS i) AS v
          FROM string_to_array('\(characters)', ',') AS c, generate_series(1, 1500) AS g;
          INSERT INTO texts VALUES (NULL), (repeat('a', 30000) || 'z'), (repeat((SELECT max(v) FROM texts), 1000))
          """)
      var masks = [("last4", "{}", 8, "'****' || right(v, 4)", "****")]
      for (prefix, suffix) in [(1, 1), (0, 0), (0, 1), (1, 0), (2, 1), (3, 2), (1, 4), (7, 1), (8, 1), (40, 1)] {
        let shown = "left(v, \(prefix)) || '***' || right(v, \(suffix))"
        masks.append(
          ("partial", #"{"prefix": \#(prefix), "suffix": \#(suffix)}"#, max(2 * (prefix + suffix), 3), shown, "***"))
      }
      for (kind, options, longestHidden, shown, filler) in masks {
        let mask = try #require(try fixture.owner.query("SELECT iss.mask_text('\(kind)', '\(options)', 'v')").single()[0])
        let differing = try connection.query(
          """
          SELECT v, \(mask) FROM texts WHERE (\(mask)) IS DISTINCT FROM
            CASE WHEN length(v) > \(longestHidden) THEN \(shown) WHEN v IS NOT NULL THEN '\(filler)' END
          """)
        let first = differing.rows.first
        #expect(first == nil, "\(encoding) \(kind) \(options): \(first?[0] ?? "") \(first?[1] ?? "")")
      }
      let isMultibyte = try connection.query("SELECT bool_or(octet_length(v) > length(v)) FROM texts").single()[0] == "t"
      #expect(isMultibyte == (encoding == "UTF8" || encoding == "EUC_JP"))
    }
  }
}
