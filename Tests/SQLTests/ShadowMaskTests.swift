import PostgresClient
import TestSupport
import Testing

@Suite struct ShadowMaskTests {
  /// A column of each type with values at its edges, and what it takes to hold them.
  static let everyType = """
    CREATE EXTENSION citext;
    CREATE DOMAIN public.plain AS text;
    CREATE DOMAIN public.checked AS text CHECK (VALUE LIKE 'secret%');
    CREATE DOMAIN public.required AS integer NOT NULL;
    CREATE DOMAIN public.chain AS public.checked;
    CREATE TYPE public.mood AS ENUM ('sad', 'happy');
    CREATE TYPE public.pair AS (a int, b text);
    CREATE TABLE public.things (
      id int PRIMARY KEY, t text, v varchar(5), c char(3), n name, i2 smallint, i4 int, i8 bigint, num numeric, num2 numeric(6,2),
      tight numeric(3,3), f4 real, f8 double precision, b boolean, d date, ts timestamp, tz timestamptz(3), tm time, iv interval,
      u uuid, j json, jb jsonb, by bytea, ip inet, ci cidr, ta text[], va varchar(4)[], ia int[], da date[], e public.mood, p public.pair,
      r int4range, m money, x xml, tv tsvector, bi bit(3), d1 public.plain, d2 public.checked, d3 public.required, d4 public.chain,
      posix text COLLATE "POSIX", cx public.citext);
    INSERT INTO public.things VALUES
      (1, 'anna@secret.example', 'abcde', 'abc', 'name', 32767, 2147483647, 9223372036854775807, 12345678901234567890.12, 9999.99,
       0.999, 3.4028235e38, 1.7976931348623157e308, true, '2001-09-11', '2001-09-11 08:46', '2001-09-11 08:46Z', '08:46', '1 year',
       'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{"a": 1}', '{"a": 1}', '\\xdeadbeef', '10.1.2.3/24', '10.1.0.0/16',
       '{one@two.three,four}', '{abcd,e}', '{1,22,333}', '{2001-09-11}', 'sad', '(1,x)', '[1,5)', '12.34', '<abc>x@y.z</abc>', 'a b', '101',
       'plain', 'secret', 7, 'secret4', 'posix@x.y', 'Anna@x.y'),
      (2, '', '', '', '', -32768, -2147483648, -9223372036854775808, 'NaN', -9999.99, -0.999, '-Infinity', 'NaN', false, 'infinity',
       '-infinity', 'infinity', '00:00', '-1 year', '00000000-0000-0000-0000-000000000000', 'null', '[]', '', '::1', '::/0', '{}',
       '{}', '{}', '{infinity}', 'happy', NULL, 'empty', '-1', NULL, '', '000', '', 'secret@', 0, 'secret', '@', ''),
      (3, repeat('ü@', 5000), 'ü@.', '@.', '@@', 0, 0, 0, 0, 0, 0, 1e-45, 4.9e-324, NULL, '4714-11-24 BC', '4714-11-24 00:00 BC',
       '4714-11-24 00:00Z BC', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{NULL}', '{{a,b},{c,d}}', '{NULL}', '{5874897-12-31}', NULL,
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1, NULL, 'no at', '@'),
      (4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '5874897-12-31', '294276-12-31', '294276-12-31Z',
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 2, NULL, NULL, NULL);
    """

  static let kinds = ["redact", "partial", "email", "last4", "hash", "year", "month", "bucket", "null"]

  @Test(arguments: PostgresServer.majors) func `every kind on every type is total and keeps the type`(major: Int) throws {
    let fixture = try ScopeFixture(major: major, Self.everyType)
    for kind in Self.kinds {
      let rules = try ScopeFixture.json([
        "masks": [
          ["schema": "public", "table": "things", "column": "*", "kind": kind],
          ["schema": "public", "table": "things", "column": "id"],
        ]
      ])
      let compiled = try fixture.compile(fixture.scope(), rules)
      #expect(compiled.refusals == [], "\(kind)")
      let lease = try fixture.lease(compiled)
      let shadow = try fixture.shadowSchema()
      // Row by row, so that one that fails is named; in zones and styles that would slide an edge.
      let before = try lease.query("SELECT * FROM \(shadow).things ORDER BY id")
      #expect(before.rows.count == 4, "\(kind)")
      let canaries = before.rows.flatMap { row in before.columns.indices.dropFirst().compactMap { row[$0] } }
      #expect(!canaries.contains { $0.contains("anna@") || $0.contains("deadbeef") || $0.contains("08:46") }, "\(kind)")
      // Only days, to compare: how a timestamp is printed depends on the zone, what it is does not.
      let epochs = "SELECT d, extract(epoch FROM ts) AS ts, extract(epoch FROM tz) AS tz FROM \(shadow).things ORDER BY id"
      let dates = try lease.query(epochs)
      try lease.execute(script: "SET TimeZone = '<x>+167'; SET client_encoding = 'LATIN1'; SET extra_float_digits = -15")
      let after = try lease.query(epochs)
      for (one, two) in zip(dates.rows, after.rows) {
        for column in dates.columns { #expect(one[column] == two[column], "\(kind) \(column)") }
      }
      #expect(scopeState(lease, "SELECT id, u, by, num FROM \(shadow).things") == nil, "\(kind)")
    }
  }

  /// Searching in a text under such a collation is an error before 18.
  @Test func `a nondeterministic collation does not keep a mask from being total`() throws {
    guard PostgresServer.defaultMajor == 15 else { return }  // Debian's build has ICU, others may not
    let fixture = try ScopeFixture(
      """
      CREATE COLLATION public.anycase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
      CREATE TABLE public.n (id int, mail text COLLATE public.anycase); INSERT INTO public.n VALUES (1, 'Zoe@x.org')
      """)
    for (kind, shown) in [("email", "Z***@***.org"), ("partial", "Z***g"), ("last4", "****.org")] {
      let compiled = try fixture.compile(fixture.scope(), ScopeFixture.rules(["public.n.mail": kind]))
      #expect(compiled.refusals == [])
      #expect(try fixture.lease(compiled).query("SELECT mail FROM \(fixture.shadowSchema()).n").single()[0] == shown)
    }
  }

  @Test func `masks look as documented`() throws {
    let fixture = try ScopeFixture(
      """
      CREATE TABLE public.p (id int PRIMARY KEY, a text, b text, c text, d date, e numeric(8,2), f int, g text, h text, i text[]);
      INSERT INTO public.p VALUES (1, 'Johnson', 'jane.doe@mail.example.com', '4111 1111 1111 1234', '1984-05-17', -1234.56, 47, 'x', 'y', '{a@b.c,Z@q.org,K@x.example,"mine@home. Call 555 1234",n@o.photographyofall,x@com,@x.com,com,X.com,r@s@t.COM,u@v.com@w,NULL}')
      """)
    let compiled = try fixture.compile(
      fixture.scope(),
      ScopeFixture.rules([
        "public.p.a": "partial", "public.p.b": "email", "public.p.c": "last4", "public.p.d": "month", "public.p.e": "bucket",
        "public.p.f": "bucket", "public.p.g": "redact", "public.p.h": "null", "public.p.i": "email",
      ]))
    let row = try fixture.lease(compiled).query("SELECT * FROM \(fixture.shadowSchema()).p").single()
    #expect(row["a"] == "J***n")
    #expect(row["b"] == "j***@***.com")
    #expect(row["c"] == "****1234")
    #expect(row["d"] == "1984-05-01")
    #expect(row["e"] == "-1230.00")
    #expect(row["f"] == "40")
    #expect(row["g"] == "***")
    #expect(row["h"] == nil)
    #expect(
      row["i"] == "{a***@***.c,Z***@***.org,K***@***.example,m***@***,n***@***,x***@***,***,***,***,r***@***,u***@***.com,NULL}")
  }

  private static let texts = ["t", "v", "c", "ci", "dt"]
  private static let wholes = ["i4", "i8", "n"]
  private static let dates = ["d", "ts", "tz"]
  /// The table of docs/masking.md; what stands in no list is NULL.
  private static let shown: [String: [(columns: [String], value: String)]] = [
    "redact": [
      (texts, "***"), (wholes + ["i2", "f8", "f4"], "0"), (["n2"], "0.00"), (["u"], "00000000-0000-0000-0000-000000000000"),
      (["by"], "\\x"),
      (["ip"], "0.0.0.0"), (["j", "jb"], "\"***\""), (["ta"], "{***}"), (["ia"], "{}"),
    ],
    "partial": [(texts, "J***m"), (["ta"], "{J***m,***}")],
    "email": [(texts, "J***@***.com"), (["ta"], "{J***@***.com,***}")],
    "last4": [(texts, "****.com"), (["i4", "i8"], "6789"), (["ta"], "{****.com,****}"), (["ia"], "{6789}")],
    "hash": [],
    "year": [(dates, "1984-01-01"), (["da"], "{1984-01-01}")], "month": [(dates, "1984-05-01"), (["da"], "{1984-05-01}")],
    "bucket": [
      (wholes, "123456780"), (["i2"], "12340"), (["f8", "f4"], "120"), (["n2"], "120.00"), (dates, "1980-01-01"),
      (["da"], "{1980-01-01}"), (["ia"], "{123456780}"),
    ],
    "null": [],
  ]

  @Test(arguments: PostgresServer.majors) func `every cell of the documented table of kinds and types shows what it says`(
    major: Int
  ) throws {
    let fixture = try ScopeFixture(
      major: major,
      """
      CREATE EXTENSION citext; CREATE DOMAIN public.plain AS text; CREATE TYPE public.mood AS ENUM ('sad'); CREATE TYPE public.pair AS (a int);
      CREATE TABLE public.c (
        id int PRIMARY KEY, t text, v varchar(20), c char(20), ci public.citext, dt public.plain, i2 smallint, i4 int, i8 bigint,
        n numeric(12), n2 numeric(8,2), f4 real, f8 double precision, d date, ts timestamp, tz timestamptz, u uuid, by bytea, ip inet,
        j json, jb jsonb, ta text[], ia int[], e public.mood, p public.pair, r int4range, m money, b bit(3), x xml, iv interval, bo boolean,
        da date[]);
      INSERT INTO public.c VALUES (
        1, 'Jo@mail.com', 'Jo@mail.com', 'Jo@mail.com', 'Jo@mail.com', 'Jo@mail.com', 12345, 123456789, 123456789, 123456789, 129.55,
        129.5, 129.5, '1984-05-17', '1984-05-17 12:00', '1984-05-17 12:00Z', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '\\xdead', '10.1.2.3',
        '{"a": 1}', '{"a": 1}', '{Jo@mail.com,x}', '{123456789}', 'sad', '(1)', '[1,5)', '1', '101', '<a/>', '1 day', true, '{1984-05-17}')
      """)
    for kind in Self.kinds {
      let rules = try ScopeFixture.json([
        "masks": [
          ["schema": "public", "table": "c", "column": "*", "kind": kind],
          ["schema": "public", "table": "c", "column": "id"],
        ]
      ])
      let lease = try fixture.lease(try fixture.compile(fixture.scope(), rules))
      try lease.execute(script: "SET TimeZone = 'UTC'; SET datestyle = 'ISO, MDY'")
      let row = try lease.query(
        "SELECT *, c::text AS padded, ts::date AS tsd, tz::date AS tzd FROM \(fixture.shadowSchema()).c"
      ).single()
      var expected: [String: String] = [:]
      for (columns, value) in Self.shown[kind] ?? [] { for column in columns { expected[column] = value } }
      for column in [
        "t", "v", "c", "ci", "dt", "i2", "i4", "i8", "n", "n2", "f4", "f8", "d", "ts", "tz", "u", "by", "ip", "j", "jb", "ta",
        "ia",
        "e", "p", "r", "m", "b", "x", "iv", "bo", "da",
      ] {
        let value = row[["c": "padded", "ts": "tsd", "tz": "tzd"][column] ?? column]
        if kind == "hash", Self.texts.contains(column) {
          #expect(value?.wholeMatch(of: /[0-9a-f]{32}|[0-9a-f]{20}/) != nil, "\(column)")
        } else if kind == "hash", ["i2", "i4", "i8", "n", "n2", "u", "by", "ta", "ia"].contains(column) {
          #expect(value != nil && value?.contains("123456789") == false && value?.contains("Jo") == false, "\(column)")
        } else {
          // Arrays of what has no mask are empty or NULL.
          #expect(
            value == expected[column] || (expected[column] == nil && column.hasSuffix("a") && value?.contains("1") != true),
            "\(kind) \(column): \(value ?? "NULL")")
        }
      }
    }
  }

  @Test(arguments: PostgresServer.majors) func `hashes join across tables, and nobody but the shadow can make one`(major: Int)
    throws
  {
    let fixture = try ScopeFixture(
      major: major,
      """
      CREATE TABLE public.a (id int PRIMARY KEY, email text); CREATE TABLE public.b (id bigint, mail varchar(60));
      INSERT INTO public.a VALUES (1, 'x@y.z'), (2, 'q@y.z'); INSERT INTO public.b VALUES (1, 'x@y.z'), (2, 'x@y.z')
      """)
    let compiled = try fixture.compile(fixture.scope(), ScopeFixture.rules(["public.a.email": "hash", "public.b.mail": "hash"]))
    let lease = try fixture.lease(compiled)
    let shadow = try fixture.shadowSchema()
    #expect(try lease.query("SELECT count(*) FROM \(shadow).a JOIN \(shadow).b ON email = mail").single()[0] == "2")
    #expect(scopeState(lease, "SELECT secret FROM iss.key") == "42501")
    #expect(scopeState(lease, "SELECT iss.mask_hash('text'::regtype, -1, '''x@y.z''')") == "42501")
    let plan = try lease.query("EXPLAIN (VERBOSE, ANALYZE) SELECT * FROM \(shadow).a").rows.compactMap { $0[0] }.joined(
      separator: "\n")
    let secret = try fixture.admin.query("SELECT encode(secret, 'hex') FROM iss.key").single()[0] ?? "?"
    #expect(!plan.contains(secret))
  }

  /// Documents of the shape that the path foresees and of others; every text that says canary is at the path or under it.
  static let documents: KeyValuePairs<String, String> = [
    #"{"user":{"email":"canary@x.example","n":1},"items":[{"card":"canary-4111111111111234","q":1},{"card":7}]}"#:
      #"{"user": {"n": 1, "email": "c***@***.example"}, "items": [{"q": 1, "card": "****1234"}, {"card": null}]}"#,
    #"{"user":[{"email":"canary@x.example"},[{"email":"canary"}],"canary",true,null]}"#:
      #"{"user": [{"email": "c***@***.example"}, null, null, true, null]}"#,
    #"{"user":"{\"email\":\"canary\"}","items":{"card":"canary4567890123"}}"#: #"{"user": null, "items": {"card": "****0123"}}"#,
    #""canary""#: "null", "null": "null", "[]": "[]", "true": "true", "17": "null",
    #"[{"user":{"email":"canary@x"}},["canary"]]"#: #"[{"user": {"email": "c***@***"}}, null]"#,
    #"{"items":[],"user":{}}"#: #"{"user": {}, "items": []}"#,
    #"{"user":{"email":{"deep":"canary"}},"items":[[{"card":"canary"}]]}"#:
      #"{"user": {"email": null}, "items": [[{"card": "****"}]]}"#,
    #"{"user":{"email":null},"free":"shown"}"#: #"{"free": "shown", "user": {"email": null}}"#,
  ]
  /// What json takes and jsonb does not, and what only looks like it.
  static let jsonAlone: KeyValuePairs<String, String?> = [
    #"{"user":{"email":"canary\u0000"}}"#: nil, #"{"user":{"email":"canary\ud83d"}}"#: nil,
    #"{"user":{"email":"canary\ude00\ud83d"}}"#: nil,
    #"{"z":1e999999,"user":{"email":"canary"}}"#: nil,
    #"{"z":"a1e99999\"1e99999","user":{"email":"canary"}}"#:
      #"{"z": "a1e99999\"1e99999", "user": {"email": "***"}}"#,
    #"{"user":{"email":"canary\ud83d\ude00@x.org"},"z":"\\u0000"}"#: #"{"z": "\\u0000", "user": {"email": "c***@***.org"}}"#,
  ]

  @Test(arguments: PostgresServer.majors) func `json and jsonb are masked by path, whatever shape the document has`(major: Int)
    throws
  {
    let fixture = try ScopeFixture(
      major: major, "CREATE TABLE public.e (id int PRIMARY KEY, j json, b jsonb, a jsonb[], t text, h jsonb)")
    for (id, document) in Self.documents.enumerated() {
      try fixture.owner.query(
        "INSERT INTO public.e VALUES ($1, $2::text::json, $2::text::jsonb, ARRAY[$2::text::jsonb], $2, $2::text::jsonb)",
        [String(id), document.key])
    }
    for (id, document) in Self.jsonAlone.enumerated() {
      try fixture.owner.query("INSERT INTO public.e (id, j) VALUES ($1, $2::text::json)", [String(100 + id), document.key])
    }
    let paths = [
      ["steps": [".user", ".email"], "kind": "email"] as [String: Any], ["steps": [".items", "[*]", ".card"], "kind": "last4"],
    ]
    let masks = ["j", "b", "a", "t", "h"].map { column -> [String: Any] in
      let path =
        column == "h"
        ? [["steps": [".user"], "kind": "redact"], ["steps": [".items", "[*]", ".card"], "kind": "hash"]] : paths
      return ["schema": "public", "table": "e", "column": column, "kind": "partial", "options": ["paths": path]]
    }
    let compiled = try fixture.compile(fixture.scope(), ScopeFixture.json(["masks": masks]))
    #expect(compiled.refusals == [])
    let lease = try fixture.lease(compiled)
    let shadow = try fixture.shadowSchema()
    for (id, document) in Self.documents.enumerated() {
      let row = try lease.query("SELECT j, b, a[1] AS a, t, h FROM \(shadow).e WHERE id = \(id)").single()
      for column in ["j", "b", "a"] { #expect(row[column] == document.value, "\(document.key)") }
      #expect(row["t"] == nil)  // no document
    }
    for (id, document) in Self.jsonAlone.enumerated() {
      #expect(
        try lease.query("SELECT j FROM \(shadow).e WHERE id = \(100 + id)").single()[0] == document.value, "\(document.key)")
    }
    let hashed = try lease.query("SELECT h #>> '{items,0,card}' AS card, h ->> 'user' AS user FROM \(shadow).e WHERE id = 0")
      .single()
    #expect(hashed["card"]?.count == 32)
    #expect(hashed["user"] == "***")
    #expect(try lease.query("SELECT count(*) FROM \(shadow).e x WHERE x::text LIKE '%canary%'").single()[0] == "0")
  }

  @Test func `a comment that says mask: partial shows nothing of a document`() throws {
    let fixture = try ScopeFixture(
      #"CREATE TABLE public.e (id int, b jsonb); INSERT INTO public.e VALUES (1, '{"a": "canary"}'); COMMENT ON COLUMN public.e.b IS 'mask: partial'"#
    )
    let compiled = try fixture.compile(fixture.scope(), ScopeFixture.rules([:]))
    #expect(try fixture.lease(compiled).query("SELECT b FROM \(fixture.shadowSchema()).e").single()[0] == nil)
  }

  @Test(arguments: PostgresServer.majors) func `a denied column is refused, and the others are not`(major: Int) throws {
    let fixture = try ScopeFixture(major: major, "CREATE TABLE public.s (id int PRIMARY KEY, name text, password text)")
    let compiled = try fixture.compile(fixture.scope(), ScopeFixture.rules(["public.s.password": "deny"]))
    let lease = try fixture.lease(compiled)
    let shadow = try fixture.shadowSchema()
    #expect(scopeState(lease, "SELECT password FROM \(shadow).s") == "42501")
    #expect(scopeState(lease, "SELECT id, name FROM \(shadow).s") == nil)
  }
}
