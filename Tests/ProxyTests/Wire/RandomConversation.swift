import PostgresWire

/// What a client sends in one session, at random, right and wrong: weighted so that most of it gets somewhere. One seed replays it.
struct RandomConversation {
  /// Whether messages come in that a session with guardrails answers otherwise than PostgreSQL (fast-path calls, other encodings).
  var isUnguarded: Bool
  private var random: SeededGenerator
  private(set) var messages: [[UInt8]] = []

  /// Every conversation ends with this answer, or with a closed connection.
  static let end = "the end of the conversation"

  init(seed: UInt64, isUnguarded: Bool) {
    self.isUnguarded = isUnguarded
    random = SeededGenerator(state: seed)
    for _ in 0..<Int.random(in: 1...10, using: &random) { step() }
    // Out of whatever COPY, skipping or failed block there is, so that the last Query runs.
    for _ in 0..<3 {
      add { CopyFail(reason: "over").encode(into: &$0) }
      add { Sync().encode(into: &$0) }
    }
    add { Query("ROLLBACK").encode(into: &$0) }
    add { Query("SELECT '\(Self.end)'").encode(into: &$0) }
  }

  /// The bytes as they are written to the socket, in pieces.
  var pieces: [[UInt8]] {
    var random = random
    switch Int.random(in: 0..<4, using: &random) {
    case 0: return messages
    case 1: return [messages.flatMap { $0 }]
    default:
      var bytes = messages.flatMap { $0 }[...]
      var pieces: [[UInt8]] = []
      while !bytes.isEmpty {
        let piece = bytes.prefix(Int.random(in: 1...200, using: &random))
        pieces.append(Array(piece))
        bytes = bytes.dropFirst(piece.count)
      }
      return pieces
    }
  }

  private mutating func add(_ write: (inout WireWriter) -> Void) {
    var writer = WireWriter()
    write(&writer)
    messages.append(writer.bytes)
  }

  private mutating func pick<Value>(_ values: [Value]) -> Value { values.randomElement(using: &random)! }
  private mutating func one(in number: Int) -> Bool { Int.random(in: 0..<number, using: &random) == 0 }
  private mutating func name() -> WireName { WireName(pick(["", "", "a", "b"])) }
  private mutating func portal() -> WireName { WireName(pick(["", "", "p", "q"])) }

  // MARK: Steps

  private mutating func step() {
    switch Int.random(in: 0..<24, using: &random) {
    case 0..<8: query(pick(isUnguarded ? Self.texts + ["COMMIT PREPARED 'none'"] : Self.texts))
    case 8..<10: copyIn()
    case 10..<17: batch()
    case 17..<19: flow()
    case 19: copyExtended()
    case 20: functionCall()
    case 21: for _ in 0..<Int.random(in: 1...3, using: &random) { copyMessage() }
    case 22: transaction()
    default: garbage()
    }
  }

  private mutating func query(_ text: String) { add { Query(text).encode(into: &$0) } }

  /// In a block, so that failures fail it and portals live on.
  private mutating func transaction() {
    query("BEGIN")
    for _ in 0..<Int.random(in: 1...4, using: &random) { if one(in: 2) { query(pick(Self.texts)) } else { flow() } }
    query(pick(["COMMIT", "ROLLBACK", "SAVEPOINT s", "ROLLBACK TO s"]))
  }

  private mutating func copyIn() {
    query(pick(isUnguarded ? Self.copies + ["COPY t FROM '/nowhere'"] : Self.copies))
    for _ in 0..<Int.random(in: 1...2, using: &random) { data() }
  }

  private mutating func data() {
    for _ in 0..<Int.random(in: 0...3, using: &random) {
      let row = pick(["200\tx\n", "201\ty\n", "\n", "nonsense\n", "202", "\\.\n", "1\tduplicate\n", "203\tz\n204\tw\n"])
      add { CopyData(Array(row.utf8)).encode(into: &$0) }
      if one(in: 10) { add { Flush().encode(into: &$0) } }
    }
    if one(in: 4) {
      add { CopyFail(reason: "enough").encode(into: &$0) }
    } else if !one(in: 10) {
      add { CopyDone().encode(into: &$0) }
    }
  }

  private mutating func copyMessage() {
    switch Int.random(in: 0..<3, using: &random) {
    case 0: add { CopyData([0x31, 0x0a]).encode(into: &$0) }
    case 1: add { CopyDone().encode(into: &$0) }
    default: add { CopyFail(reason: "stray").encode(into: &$0) }
    }
  }

  private mutating func copyExtended() {
    let (statement, portal) = (name(), portal())
    let text = pick(["COPY t FROM STDIN", "COPY t TO STDOUT", "COPY t (a) FROM STDIN", "COPY missing FROM STDIN"])
    add { Parse(name: statement, text: Array(text.utf8)).encode(into: &$0) }
    add { Bind(portal: portal, statement: statement).encode(into: &$0) }
    if one(in: 3) { add { Describe(.portal(portal)).encode(into: &$0) } }
    add { Execute(portal: portal).encode(into: &$0) }
    switch Int.random(in: 0..<3, using: &random) {
    case 0: add { Sync().encode(into: &$0) }
    case 1: add { Flush().encode(into: &$0) }
    default: break
    }
    data()
    add { Sync().encode(into: &$0) }
  }

  /// Messages of the extended protocol as they come, with or without an end.
  private mutating func batch() {
    for _ in 0..<Int.random(in: 1...8, using: &random) { extended() }
    if !one(in: 10) { add { Sync().encode(into: &$0) } }
  }

  /// Parse, Bind, Execute as a driver sends them.
  private mutating func flow() {
    let (statement, portal) = (name(), portal())
    parse(statement)
    if one(in: 3) { add { Describe(.statement(statement)).encode(into: &$0) } }
    bind(portal, statement)
    if one(in: 2) { add { Describe(.portal(portal)).encode(into: &$0) } }
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      let rows = pick([UInt32(0), 0, 1, 2, 3])
      add { Execute(portal: portal, rowsMax: rows).encode(into: &$0) }
      if one(in: 6) { add { Flush().encode(into: &$0) } }
      if one(in: 6) { add { Sync().encode(into: &$0) } }
    }
    if one(in: 4) { add { Close(.portal(portal)).encode(into: &$0) } }
    if one(in: 4) { add { Close(.statement(statement)).encode(into: &$0) } }
    add { Sync().encode(into: &$0) }
  }

  private mutating func parse(_ name: WireName) {
    let text = pick(Self.statements)
    let types = pick([[], [], [], [UInt32(23)], [25, 0], [0]])
    add { Parse(name: name, text: Array(text.utf8), parameterTypes: types).encode(into: &$0) }
  }

  private mutating func bind(_ portal: WireName, _ statement: WireName) {
    let parameters = (0..<pick([0, 0, 1, 1, 2, 2, 3])).map { _ in
      pick([Array("7".utf8), Array("8".utf8), nil, Array("text".utf8), []])
    }
    let formats = pick([[], [], [], [UInt16(0)], [1], [0, 0], [2]])
    let results = pick([[], [], [UInt16(0)], [1], [0, 1], [0, 0]])
    add {
      Bind(portal: portal, statement: statement, parameterFormats: formats, parameters: parameters, resultFormats: results)
        .encode(into: &$0)
    }
  }

  private mutating func extended() {
    switch Int.random(in: 0..<14, using: &random) {
    case 0..<3: parse(name())
    case 3..<6: bind(portal(), name())
    case 6..<9:
      let (portal, rows) = (portal(), pick([UInt32(0), 0, 1, 2, .max]))
      add { Execute(portal: portal, rowsMax: rows).encode(into: &$0) }
    case 9:
      let object = one(in: 2) ? NamedObject.statement(name()) : .portal(portal())
      add { Describe(object).encode(into: &$0) }
    case 10:
      let object = one(in: 2) ? NamedObject.statement(name()) : .portal(portal())
      add { Close(object).encode(into: &$0) }
    case 11: add { Flush().encode(into: &$0) }
    case 12: add { Sync().encode(into: &$0) }
    default: if one(in: 3) { query(pick(Self.texts)) } else { garbage() }
    }
  }

  private mutating func functionCall() {
    guard isUnguarded else { return }
    // int4pl(int, int), one that does not exist, and lower(text), in text and binary.
    let function = pick([UInt32(177), 177, 870, 1, 0])
    let arguments = (0..<pick([0, 1, 2, 2, 2, 3])).map { _ in
      pick([Array("20".utf8), Array("22".utf8), nil, [0, 0, 0, 2], Array("X".utf8)])
    }
    let formats = pick([[], [UInt16(0)], [1], [0, 0], [0, 0, 0], [3]])
    let result = pick([UInt16(0), 0, 1, 2])
    add {
      $0.message(UInt8(ascii: "F")) {
        $0.uint32(function)
        $0.uint16(UInt16(formats.count))
        for format in formats { $0.uint16(format) }
        $0.uint16(UInt16(arguments.count))
        for argument in arguments {
          $0.int32(argument.map { Int32($0.count) } ?? -1)
          $0.raw(argument ?? [])
        }
        $0.uint16(result)
      }
    }
  }

  /// Messages that are none: bodies cut, lengthened or of the wrong kind; now and then what ends the session.
  private mutating func garbage() {
    // Another byte in a fast-path call may name another function, and some of PostgreSQL's crash it.
    if let last = messages.last, last.count > 5, last[0] != FunctionCall.type, !one(in: 4) {
      var body = Array(last.dropFirst(5))
      switch Int.random(in: 0..<4, using: &random) {
      case 0: body.removeLast(Int.random(in: 1...body.count, using: &random))
      case 1: body.append(UInt8.random(in: 0...255, using: &random))
      case 2: body[Int.random(in: 0..<body.count, using: &random)] = UInt8.random(in: 0...127, using: &random)
      default: body = []
      }
      // A text changed by a byte may be any statement; these may not.
      guard last[0] != Query.type && last[0] != Parse.type || isUnguarded else { return }
      guard body.count < 9_000 else { return }
      return messages.append(WireClient.raw(Character(UnicodeScalar(last[0])), body))
    }
    switch Int.random(in: 0..<12, using: &random) {
    case 0: messages.append(WireClient.raw("D", Array("Xa\0".utf8)))
    case 1: messages.append(WireClient.raw("C", Array("Pq".utf8)))
    case 2: messages.append(WireClient.raw("S", [0]))
    case 3: messages.append(WireClient.raw("H", [1, 2]))
    case 4: messages.append(WireClient.raw("E", Array("p\0".utf8) + [0, 0]))
    case 5: messages.append(WireClient.raw("Q", Array("SELECT 1".utf8)))
    case 6: messages.append(WireClient.raw("Q", Array("SELECT 1\0SELECT 2\0".utf8)))
    case 7: messages.append(WireClient.raw("B", Array("\0\0".utf8) + [0, 0, 0xff, 0xff, 0, 0]))
    case 8 where one(in: 3): messages.append(WireClient.raw("X", []))
    case 9 where one(in: 3): messages.append(WireClient.raw(pick(["y", "p", "R", "Z", "\u{7f}"]), [0]))
    case 10 where one(in: 3): messages.append([UInt8(ascii: "S"), 0, 0, 0, 3])
    case 11 where one(in: 3): messages.append([UInt8(ascii: "E"), 0, 0, 0x40, 0])
    default: messages.append(WireClient.raw("P", Array("a\0SELECT 1\0".utf8) + [0, 2, 0, 0, 0, 23]))
    }
  }

  // MARK: Texts

  private static let texts = [
    "SELECT 1", "SELECT a, b FROM t ORDER BY a", "SELECT a FROM t WHERE b = 'ü'", "INSERT INTO t VALUES (100, 'new')",
    "INSERT INTO t VALUES (1, 'again')", "UPDATE t SET b = 'u' WHERE a < 3 RETURNING a", "DELETE FROM t WHERE a > 3", "BEGIN",
    "BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT s", "ROLLBACK TO s", "RELEASE s", "SELECT 1/0", "SELEC 1", "SELECT 'open", "", ";",
    "-- nothing", "SELECT 1; SELECT 2", "SELECT 1; SELECT 1/0; SELECT 3", "BEGIN; SELECT 1; COMMIT", "BEGIN; SELECT 1/0",
    "INSERT INTO t VALUES (101, 'x'); SELECT 1/0", "ROLLBACK; SELECT 1", "COPY t TO STDOUT",
    "COPY (SELECT 1 WHERE false) TO STDOUT",
    "COPY (SELECT generate_series(1, 5)) TO STDOUT; SELECT 2", "DECLARE q CURSOR FOR SELECT a FROM t ORDER BY a",
    "DECLARE p CURSOR WITH HOLD FOR SELECT a FROM t ORDER BY a", "FETCH 2 FROM q", "FETCH ALL FROM p", "MOVE 1 FROM q", "CLOSE q",
    "CLOSE ALL", "PREPARE a AS SELECT 5", "PREPARE b (int) AS SELECT $1 + 1", "EXECUTE a", "EXECUTE b (4)", "DEALLOCATE a",
    "DEALLOCATE ALL", "DISCARD ALL", "SET application_name = 'renamed'", "RESET ALL", "SHOW application_name",
    "SET LOCAL application_name = 'inner'", "LISTEN ch", "NOTIFY ch, 'p'", "UNLISTEN *", "SELECT pg_notify('ch', 'q')",
    "DO $$BEGIN RAISE NOTICE 'n %', 1; END$$", "DO $$BEGIN RAISE EXCEPTION 'e' USING ERRCODE = 'P0042'; END$$",
    "SELECT generate_series(1, 300)", "SELECT repeat('x', 70000)", "EXPLAIN (COSTS OFF) SELECT * FROM t", "LOCK TABLE t",
    "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", "CREATE TEMP TABLE tt (a int)", "SELECT * FROM tt", "DROP TABLE tt",
    "SELECT * FROM missing", "SELECT xmin IS NULL, ctid IS NULL, t FROM t LIMIT 1", "VACUUM t",
    "SELECT 1 AS a UNION SELECT 2 ORDER BY 1; BEGIN; SELECT 3", "COMMIT AND CHAIN", "TABLE t",
  ]

  private static let copies = [
    "COPY t FROM STDIN", "COPY t FROM STDIN", "COPY t FROM STDIN; SELECT 1", "COPY t FROM STDIN; COPY t FROM STDIN",
    "BEGIN; COPY t FROM STDIN; ROLLBACK", "COPY t (b) FROM STDIN", "COPY missing FROM STDIN",
    "COPY t FROM STDIN WITH (FORMAT binary)",
    "SELECT 1; COPY t FROM STDIN; SELECT 1/0", "EXECUTE a",
  ]

  private static let statements = [
    "SELECT $1::int", "SELECT a, b FROM t WHERE a > $1 ORDER BY a", "SELECT generate_series(1, 5)",
    "INSERT INTO t VALUES ($1, $2)",
    "SELECT a, b FROM t ORDER BY a", "COPY t TO STDOUT", "COPY t FROM STDIN", "BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT s",
    "SELECT 1; SELECT 2", "", "SELEC", "SELECT 1/0", "FETCH 1 FROM q", "DECLARE q CURSOR FOR SELECT a FROM t", "EXECUTE a",
    "NOTIFY ch, 'x'", "SELECT $1", "SELECT $2::text", "UPDATE t SET b = $1 RETURNING a, b", "SELECT repeat($1::text, 3)",
    "DO $$BEGIN RAISE NOTICE 'n'; END$$", "PREPARE b AS SELECT 1", "DEALLOCATE ALL", "CLOSE ALL", "SHOW application_name",
    "TABLE t",
    "SELECT null::text, 1::int8, true, 1.5::numeric, '2020-01-01'::date",
  ]
}
