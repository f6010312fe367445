import PostgresWire
import Testing

@testable import Proxy

/// Whole batches must do what their messages do one by one, whatever happens before, meanwhile and after.
struct SessionBatchTests {
  /// What most clients send, and what only looks like it.
  struct Conversation {
    var random: SeededGenerator
    var bytes = WireWriter()

    mutating func one(in number: Int) -> Bool { Int.random(in: 0..<number, using: &random) == 0 }

    mutating func turn() {
      let text = one(in: 2) ? "select 2" : SessionRandomTests.Pipeline.texts.randomElement(using: &random)!
      switch Int.random(in: 0..<8, using: &random) {
      case 0..<2: Query(text).encode(into: &bytes)
      case 2..<6: run(text)
      case 6:
        Parse(name: WireName(one(in: 2) ? "a" : "b"), text: Array(text.utf8)).encode(into: &bytes)
        if !one(in: 5) { Sync().encode(into: &bytes) }
      default:
        var pipeline = SessionRandomTests.Pipeline(random: random)
        pipeline.extended()
        random = pipeline.random
        for byte in pipeline.bytes.bytes { bytes.uint8(byte) }
        if !one(in: 3) { Sync().encode(into: &bytes) }
      }
    }

    private mutating func run(_ text: String) {
      let isParsed = one(in: 2)
      if isParsed, !text.contains(";") { Parse(name: .unnamed, text: Array(text.utf8)).encode(into: &bytes) }
      let names = isParsed ? [""] : ["", "a", "b", "c"]
      let statement = WireName(names.randomElement(using: &random)!)
      let parameters: [[UInt8]?] = one(in: 3) ? [[1, 2, 0], nil, []] : []
      Bind(portal: one(in: 12) ? "p" : "", statement: statement, parameters: parameters).encode(into: &bytes)
      if one(in: 2) { Describe(one(in: 8) ? .statement(statement) : .portal("")).encode(into: &bytes) }
      Execute(portal: .unnamed, rowsMax: one(in: 6) ? 2 : 0).encode(into: &bytes)
      if one(in: 10) { Execute(portal: .unnamed).encode(into: &bytes) }
      if !one(in: 12) { Sync().encode(into: &bytes) }
    }
  }

  /// Something that is no message, now and then.
  private static func disturb(_ pair: SessionPair, _ random: inout SeededGenerator) {
    switch Int.random(in: 0..<60, using: &random) {
    case 0: pair.both { $0.handle(.limitReached(ErrorResponse(.error, .queryCanceled, "too slow"))) }
    case 1: pair.both { $0.handle(.cancelBegins) }
    case 2, 3: pair.both { $0.handle(.cancelDelivered) }
    case 4: pair.both { $0.handle(.ask(HiddenQuery(id: 77, sql: "show x"))) }
    case 5: pair.both { $0.brokeClient(WireError(.length, "no")) }
    case 6: pair.both { $0.handle(.clientClosed) }
    case 7: pair.both { $0.handle(.backendClosed) }
    case 8: pair.both { $0.handle(.end(ErrorResponse(.fatal, .adminShutdown, "over"))) }
    default: break
    }
  }

  private static func notice() -> [UInt8] {
    SessionHarness.bytes {
      ErrorResponse(.notice, .successfulCompletion, "by the way").encode(into: &$0, type: ErrorResponse.noticeType)
    }
  }

  @Test(arguments: 0..<4)
  func `whole batches do what their messages do, split anywhere and disturbed`(shard: Int) throws {
    var (batches, answers) = (0, 0)
    for seed in 0..<150 {
      var conversation = Conversation(random: SeededGenerator(state: UInt64(shard * 100_000 + seed)))
      let guarded = [GuardedMessages(), .all, [.rowDescriptions, .errors]].randomElement(using: &conversation.random)!
      let limits = conversation.one(in: 4) ? ResultLimits(rowsMax: 3, bytesMax: 40) : ResultLimits()
      let frames = conversation.one(in: 6) ? FrameLimits(gatheredBytesMax: 64, answersOwedMax: 6, namesMax: 1) : FrameLimits()
      let pair = try SessionPair(guarded: guarded, limits: limits, frames: frames)
      let model = ModelBackend()
      let isDisturbed = seed % 3 == 0
      for turn in 0..<16 {
        conversation.bytes = WireWriter()
        for _ in 0..<(conversation.one(in: 5) ? 2 : 1) { conversation.turn() }
        var input = conversation.bytes.bytes
        while !input.isEmpty {
          let part = conversation.one(in: 3) ? Int.random(in: 1...input.count, using: &conversation.random) : input.count
          let bytes = input.prefix(part)
          input.removeFirst(part)
          pair.both { $0.fromClient += bytes }
          try #require(pair.difference == nil, "seed \(shard):\(seed), turn \(turn)")
          if isDisturbed { Self.disturb(pair, &conversation.random) }
        }
        while true {
          model.input += pair.single.toBackend
          pair.single.toBackend = []
          pair.whole.toBackend = []
          while model.step() {}
          var output = model.takeOutput()
          if output.isEmpty { break }
          while !output.isEmpty {
            let part = conversation.one(in: 3) ? Int.random(in: 1...output.count, using: &conversation.random) : output.count
            var bytes = Array(output.prefix(part))
            if conversation.one(in: 20), part == output.count { bytes += Self.notice() }
            output.removeFirst(part)
            pair.both { $0.fromBackend += bytes }
            try #require(pair.difference == nil, "seed \(shard):\(seed), turn \(turn)")
            if isDisturbed { Self.disturb(pair, &conversation.random) }
          }
        }
        if pair.single.machine.isClosed { break }
      }
      (batches, answers) = (batches + pair.whole.batches, answers + pair.whole.answers)
    }
    // Or nothing was compared.
    #expect(batches > 300 && answers > 100, "\(batches) batches, \(answers) answers")
  }

  @Test
  func `a batch needs every message whole, unnamed where it says so, and in order`() throws {
    let batch = SessionHarness.bytes {
      Bind(statement: "a", parameterFormats: [0], parameters: [[49], nil], resultFormats: [1]).encode(into: &$0)
      Describe(.portal("")).encode(into: &$0)
      Execute().encode(into: &$0)
      Sync().encode(into: &$0)
    }
    func found(_ bytes: [UInt8], bodyBytesMax: Int = 1000) -> ClientBatch? {
      unsafe ClientBatch(atFrontOf: bytes.span.bytes, bodyBytesMax: bodyBytesMax)
    }
    let whole = try #require(found(batch + [1, 2, 3]))
    #expect(whole.totalBytes == batch.count && whole.text == nil && whole.describes && !whole.isQuery)
    #expect(batch[whole.statement] == [UInt8(ascii: "a")])
    for count in 0..<batch.count { #expect(found(Array(batch.prefix(count))) == nil) }
    #expect(found(batch, bodyBytesMax: 10) == nil)
    // No other byte in a place that says what the messages are.
    let bodies = whole.bind
    for index in batch.indices
    where !(bodies.lowerBound + 3..<bodies.upperBound).contains(index) && batch[index] != UInt8(ascii: "a") {
      var other = batch
      other[index] ^= 1
      // How many rows an Execute asks for is all the same to the batch.
      if found(other) != nil { #expect(index >= batch.count - 9 && index < batch.count - 5, "byte \(index)") }
    }
  }

  @Test
  func `no bytes make the search for batches and answers trap`() {
    var random = SeededGenerator(state: 7)
    let batch = SessionHarness.bytes {
      Parse(name: .unnamed, text: Array("select 1".utf8), parameterTypes: [23]).encode(into: &$0)
      Bind(parameters: [[49], nil]).encode(into: &$0)
      Describe(.portal("")).encode(into: &$0)
      Execute().encode(into: &$0)
      Sync().encode(into: &$0)
    }
    let answer = SessionHarness.bytes {
      ParseComplete().encode(into: &$0)
      BindComplete().encode(into: &$0)
      RowDescription(columns: [.init(name: [0x61], typeOID: 25)]).encode(into: &$0)
      DataRow([[49]]).encode(into: &$0)
      CommandComplete(tag: "SELECT 1").encode(into: &$0)
      ReadyForQuery(.idle).encode(into: &$0)
    }
    var found = 0
    for _ in 0..<20_000 {
      for (bytes, isAnswer) in [(batch, false), (answer, true)] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 0...3, using: &random) {
          bytes[Int.random(in: bytes.indices, using: &random)] = [0, 1, 4, 5, 255, UInt8.random(in: 0...255, using: &random)]
            .randomElement(
              using: &random)!
        }
        if Bool.random(using: &random) { bytes.removeLast(Int.random(in: 0...bytes.count, using: &random)) }
        if isAnswer {
          let answer = unsafe ServerAnswer(
            atFrontOf: bytes.span.bytes, isQuery: false, parses: true, describes: true, rowsMax: 9, bodyBytesMax: 99)
          if let answer { #expect(answer.totalBytes <= bytes.count) }
          found += answer == nil ? 0 : 1
        } else {
          let batch = unsafe ClientBatch(atFrontOf: bytes.span.bytes, bodyBytesMax: 1000)
          if let batch { #expect(batch.totalBytes <= bytes.count) }
          found += batch == nil ? 0 : 1
        }
      }
    }
    #expect(found > 1000)
  }
}
