import PostgresWire

@testable import Proxy

/// Drives a machine that takes batches whole beside one that does not, by a program of bytes: batches and answers in the usual form and out of it,
/// in pieces, with bytes changed, amid all that `SessionFuzzer` sends. Both must always do the same.
struct BatchFuzzer {
  private var program: SessionFuzzer

  init(_ input: [UInt8]) { program = SessionFuzzer(input) }

  /// How many batches and answers were taken whole, so that a test can tell that any were.
  @discardableResult
  mutating func run() -> (batches: Int, answers: Int) {
    let flags = program.byte()
    let frames =
      flags & 0x80 == 0
      ? FrameLimits() : FrameLimits(gatheredBytesMax: 32, headBytes: 8, answersOwedMax: 8, namesMax: 2)
    let limits = flags & 0x40 == 0 ? ResultLimits() : ResultLimits(rowsMax: 3, bytesMax: 100)
    guard let pair = try? SessionPair(guarded: GuardedMessages(rawValue: flags & 0x3f), limits: limits, frames: frames) else {
      preconditionFailure("no session")
    }
    while !program.isAtEnd, !pair.single.machine.isClosed {
      step(pair)
      if let difference = pair.difference { preconditionFailure("a whole batch does something else: \(difference)") }
    }
    pair.both { $0.handle(.end(ErrorResponse(.fatal, .adminShutdown, "over"))) }
    if let difference = pair.difference { preconditionFailure("a whole batch ends otherwise: \(difference)") }
    return (pair.whole.batches, pair.whole.answers)
  }

  private mutating func step(_ pair: SessionPair) {
    let operation = program.byte()
    let choice = operation >> 3
    switch operation & 7 {
    case 0, 1: send(batch(choice)) { bytes in pair.both { $0.fromClient += bytes } }
    case 2, 3: send(answer(choice)) { bytes in pair.both { $0.fromBackend += bytes } }
    case 4: send(program.clientMessage(choice)) { bytes in pair.both { $0.fromClient += bytes } }
    case 5: send(program.serverMessage(choice)) { bytes in pair.both { $0.fromBackend += bytes } }
    case 6 where choice & 1 == 0:
      let bytes = program.message("QPBDECSHXFdcfp", choice >> 1)
      pair.both { $0.fromClient += bytes }
    case 6:
      let bytes = program.message("TDdVENAtS123CGHIKRWZcnsv", choice >> 1)
      pair.both { $0.fromBackend += bytes }
    default: event(choice, pair)
    }
  }

  /// In one piece or two, with a byte changed or none.
  private mutating func send(_ whole: [UInt8], _ piece: ([UInt8]) -> Void) {
    var bytes = whole
    let how = program.byte()
    if how & 1 != 0, !bytes.isEmpty { bytes[Int(program.byte()) % bytes.count] ^= program.byte() }
    guard how & 2 != 0 else { return piece(bytes) }
    let first = Int(how >> 2) % (bytes.count + 1)
    piece(Array(bytes.prefix(first)))
    piece(Array(bytes.dropFirst(first)))
  }

  private mutating func batch(_ choice: UInt8) -> [UInt8] {
    let more = program.byte()
    let texts = ["select", "insert", "refuse", "noexec", "copyin", ""]
    let text = more >> 5 < texts.count ? Array(texts[Int(more >> 5)].utf8) : program.bytes().filter { $0 != 0 }
    let statement = WireName(["", "", "a", "b"][Int(more & 3)])
    let parameters: [[UInt8]?] = more & 4 == 0 ? [] : [program.bytes(), nil]
    return SessionHarness.bytes {
      if choice & 1 == 0 { return Query(text: text).encode(into: &$0) }
      if choice & 2 == 0 { Parse(name: more & 16 == 0 ? .unnamed : statement, text: text).encode(into: &$0) }
      Bind(
        portal: more & 24 == 24 ? "p" : "", statement: statement, parameterFormats: more & 8 == 0 ? [] : [1],
        parameters: parameters
      ).encode(into: &$0)
      if choice & 4 == 0 { Describe(.portal("")).encode(into: &$0) }
      Execute(rowsMax: choice & 8 == 0 ? 0 : 2).encode(into: &$0)
      if choice != 31 { Sync().encode(into: &$0) }
    }
  }

  /// What a server says to a batch.
  private mutating func answer(_ choice: UInt8) -> [UInt8] {
    let more = program.byte()
    let tags = ["SELECT 1", "INSERT 0 1", "BEGIN", "COMMIT", "DEALLOCATE ALL", "DISCARD ALL", "PREPARE", "CLOSE CURSOR"]
    return SessionHarness.bytes {
      if choice & 1 != 0, choice & 2 == 0 { ParseComplete().encode(into: &$0) }
      if choice & 1 != 0 { BindComplete().encode(into: &$0) }
      if choice & 4 == 0 {
        if choice & 8 == 0 {
          RowDescription(columns: [.init(name: [0x61], typeOID: 25)]).encode(into: &$0)
        } else if choice & 1 != 0 {
          NoData().encode(into: &$0)
        }
      }
      for _ in 0..<Int(more & 7) { DataRow([[0x31], nil]).encode(into: &$0) }
      if choice & 16 == 0 {
        CommandComplete(tag: tags[Int(more >> 3 & 7)]).encode(into: &$0)
      } else {
        PortalSuspended().encode(into: &$0)
      }
      ReadyForQuery([.idle, .idle, .block, .failed][Int(more >> 6)]).encode(into: &$0)
    }
  }

  private mutating func event(_ choice: UInt8, _ pair: SessionPair) {
    let id = UInt64(choice)
    switch choice % 10 {
    case 0: pair.both { $0.handle(.cancelBegins) }
    case 1...3: pair.both { $0.handle(.cancelDelivered) }
    case 4: pair.both { $0.handle(.limitReached(ErrorResponse(.error, .queryCanceled, "slow"))) }
    case 5: pair.both { $0.handle(.ask(HiddenQuery(id: id, sql: "show search_path"))) }
    case 6: pair.both { $0.brokeClient(WireError(.length, "length")) }
    case 7: pair.both { $0.broke(WireError(.length, "length")) }
    case 8: pair.both { $0.handle(.backendClosed) }
    default: pair.both { $0.handle(.clientClosed) }
    }
  }
}
