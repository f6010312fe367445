import PostgresWire
import Testing

@testable import Proxy

/// SplitMix64: one seed replays a run.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// Random pipelines through machine and model must look to the client as the model alone does.
struct SessionRandomTests {
  struct Pipeline {
    var random: SeededGenerator
    var bytes = WireWriter()

    static let texts = [
      "select 3", "select 0", "insert", "begin", "commit", "rollback", "fail", "refuse", "select 2; insert",
      "insert; fail; insert",
      "select 1; refuse", "", "begin; insert", "copyout 3", "noexec", "select 100", "begin; fail", "rollback; select 1", "bogus",
    ]
    static let copies = ["copyin", "copyfail", "copyin; copyin", "copyin; select 1", "refuse; copyin"]

    mutating func pick<Value>(_ values: [Value]) -> Value { values.randomElement(using: &random)! }
    mutating func one(in number: Int) -> Bool { Int.random(in: 0..<number, using: &random) == 0 }
    mutating func name(_ letters: String = "ab") -> WireName { WireName(pick(["", ""] + letters.map(String.init))) }

    mutating func batch() {
      switch Int.random(in: 0..<10, using: &random) {
      case 0..<3: Query(pick(Self.texts)).encode(into: &bytes)
      case 3: copyQuery()
      case 4: copyExtended()
      default:
        for _ in 0..<Int.random(in: 1...8, using: &random) { extended() }
        if !one(in: 12) { Sync().encode(into: &bytes) }
      }
    }

    mutating func extended() {
      switch Int.random(in: 0..<12, using: &random) {
      case 0..<3: Parse(name: name(), text: Array(pick(Self.texts.filter { !$0.contains(";") }).utf8)).encode(into: &bytes)
      case 3..<6: Bind(portal: name("pq"), statement: name()).encode(into: &bytes)
      case 6..<9: Execute(portal: name("pq"), rowsMax: pick([0, 0, 2])).encode(into: &bytes)
      case 9: Describe(one(in: 2) ? .statement(name()) : .portal(name("pq"))).encode(into: &bytes)
      case 10: Close(one(in: 2) ? .statement(name()) : .portal(name("pq"))).encode(into: &bytes)
      default: Flush().encode(into: &bytes)
      }
    }

    mutating func copyQuery() {
      let text = pick(Self.copies)
      // A batch left open may be skipping: then the Query is, too.
      Query(text).encode(into: &bytes)
      for _ in 0..<(text == "copyin; copyin" ? 2 : 1) { data() }
    }

    mutating func data() {
      for _ in 0..<Int.random(in: 1...3, using: &random) { CopyData(Array("x\n".utf8)).encode(into: &bytes) }
      if one(in: 4) { CopyFail(reason: "no").encode(into: &bytes) } else { CopyDone().encode(into: &bytes) }
    }

    mutating func copyExtended() {
      Sync().encode(into: &bytes)
      Parse(name: .unnamed, text: Array(pick(["copyin", "copyfail", "refuse", "insert"]).utf8)).encode(into: &bytes)
      Bind().encode(into: &bytes)
      Execute().encode(into: &bytes)
      if one(in: 2) { Sync().encode(into: &bytes) }
      data()
      Sync().encode(into: &bytes)
      // Or somebody binds it again, and breaks the protocol inside the COPY.
      Close(.statement(.unnamed)).encode(into: &bytes)
      Close(.portal(.unnamed)).encode(into: &bytes)
      Sync().encode(into: &bytes)
    }
  }

  static func run(alone input: [UInt8]) -> [UInt8] {
    let model = ModelBackend()
    model.input = input
    while model.step() {}
    return model.takeOutput()
  }

  @Test(arguments: 0..<4)
  func `a client sees through the machine what it would see without it`(shard: Int) throws {
    for seed in 0..<500 {
      var pipeline = Pipeline(random: SeededGenerator(state: UInt64(shard * 100_000 + seed)))
      for _ in 0..<Int.random(in: 1...8, using: &pipeline.random) { pipeline.batch() }
      Sync().encode(into: &pipeline.bytes)
      let input = pipeline.bytes.bytes
      var random = pipeline.random
      let expected = Self.run(alone: input)

      let harness = try SessionHarness.established()
      let model = ModelBackend()
      harness.fromClient = input
      var asked: UInt64 = 0
      var approved = 0
      var idleTurns = 0
      while idleTurns < 60 {
        var moved = false
        switch Int.random(in: 0..<4, using: &random) {
        case 0: moved = harness.stepClient()
        case 1:
          model.input += harness.toBackend
          harness.toBackend = []
          moved = model.step()
        case 2:
          harness.fromBackend += model.takeOutput()
          moved = harness.stepBackend()
        default:
          if let judgement = harness.judgements.first {
            moved = true
            let verdict: Verdict
            switch judgement.request {
            case .query, .parse:
              verdict =
                judgement.text.contains("refuse")
                ? .refused(ModelBackend.refusal)
                : .approved(
                  Approval(
                    replacement: Bool.random(using: &random) ? Array(judgement.text.utf8) : nil,
                    note: NoteReference(TextNote(judgement.text)), mayCopyIn: judgement.text.contains("copy")))
            case .bind, .functionCall, .copyData: verdict = .approved(Approval())
            case .execute(_, let note):
              let text = (note?.note as? TextNote)?.text ?? ""
              verdict =
                text.hasPrefix("noexec") ? .refused(ModelBackend.refusal) : .approved(Approval(mayCopyIn: text.contains("copy")))
            }
            if asked < 5, Int.random(in: 0..<8, using: &random) == 0 {
              asked += 1
              harness.judge(.askFirst(HiddenQuery(id: asked, sql: "show x")))
            } else {
              if case .query = judgement.request, case .approved = verdict { approved += 1 }
              if case .execute = judgement.request, case .approved = verdict { approved += 1 }
              harness.judge(verdict)
            }
          }
        }
        idleTurns = moved ? 0 : idleTurns + 1
      }
      // Whether a portal is gone, or its Execute refused, may be a question of which was asked first: an error either way.
      func errorsAlike(_ lines: [String]) -> [String] { lines.map { $0.replacing("42501", with: "34000") } }
      let expectedLines = errorsAlike(try Transcript.lines(expected, from: .server))
      let inputLines = try Transcript.lines(input, from: .client)
      let lines = errorsAlike(try Transcript.lines(harness.toClient, from: .server))
      try #require(
        lines == expectedLines,
        "seed \(shard):\(seed)\nclient: \(inputLines)\nexpected: \(expectedLines)\ngot: \(lines)")
      let isIdle = harness.fromClient.isEmpty && !harness.clientIsClosed && harness.machine.isIdle
      try #require(isIdle, "seed \(shard):\(seed)\nclient: \(inputLines)\ngot: \(lines)")
      // What ran was approved; every approved run has come to one end.
      try #require(!model.ran.contains("refuse"), "seed \(shard):\(seed)")
      let ends = Set(harness.outcomes.map(\.execution))
      try #require(ends.count == approved, "seed \(shard):\(seed): \(approved) runs, \(ends.count) ends")
    }
  }
}
