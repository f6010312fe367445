import PostgresWire

@testable import Proxy

/// Drives one session machine by a program of bytes: what client and server send, what the gate says, what else happens.
struct SessionFuzzer {
  private final class Note: StatementNote {
    let hiddenParameters: Int
    var footprintBytes: Int { 7 }
    init(_ hiddenParameters: Int) { self.hiddenParameters = hiddenParameters }
  }

  private var input: ArraySlice<UInt8>
  private let size: Int

  init(_ input: [UInt8]) {
    self.input = input[...]
    size = input.count
  }

  var isAtEnd: Bool { input.isEmpty }

  mutating func byte() -> UInt8 { input.popFirst() ?? 0 }

  /// Up to 63 bytes as they are.
  mutating func bytes() -> [UInt8] {
    let count = Int(byte() & 0x3f)
    defer { input = input.dropFirst(count) }
    return Array(input.prefix(count))
  }

  func run() {
    var fuzzer = self
    fuzzer.hold()
  }

  private mutating func hold() {
    let flags = byte()
    let guarded = GuardedMessages(rawValue: flags & 0x3f)
    let limits = flags & 0x40 == 0 ? ResultLimits() : ResultLimits(rowsMax: 3, bytesMax: 100)
    let frames =
      flags & 0x80 == 0
      ? FrameLimits() : FrameLimits(gatheredBytesMax: 16, headBytes: 8, answersOwedMax: 8, namesMax: 3, heldBytesMax: 24)
    guard let harness = try? SessionHarness.established(guarded: guarded, limits: limits, frameLimits: frames) else {
      preconditionFailure("no session")
    }
    while !input.isEmpty, !harness.machine.isClosed {
      step(harness)
      while harness.stepClient() {}
      while harness.stepBackend() {}
    }
    // Nothing is made up: what goes out came in, or is a bounded answer to it.
    let sent = harness.toBackend.count + harness.toClient.count
    precondition(sent <= 64 * size * size + 4_096 * (size + 1), "\(sent) bytes out of \(size)")
    let wasClosed = harness.machine.isClosed
    harness.handle(.end(ErrorResponse(.fatal, .adminShutdown, "over")))
    harness.handle(.backendClosed)
    harness.handle(.clientClosed)
    precondition(harness.machine.isClosed && harness.machine.nextAction() == nil, "a session does not end")
    precondition(wasClosed || harness.backendIsClosed, "a backend stays")
  }

  private mutating func step(_ harness: SessionHarness) {
    let operation = byte()
    switch operation & 7 {
    case 0: harness.fromClient += message("QPBDECSHXFdcfp", operation >> 3)
    case 1: harness.fromBackend += message("TDdVENAtS123CGHIKRWZcnsv", operation >> 3)
    case 2, 3: harness.fromClient += clientMessage(operation >> 3)
    case 4: harness.fromBackend += serverMessage(operation >> 3)
    case 5 where !harness.judgements.isEmpty: harness.judge(verdict(operation >> 3))
    case 5, 6: harness.fromBackend += serverMessage(operation >> 3)
    default: event(operation >> 3, harness)
    }
  }

  mutating func message(_ letters: StaticString, _ choice: UInt8) -> [UInt8] {
    let types = Array("\(letters)".utf8)
    let body = bytes()
    return SessionHarness.bytes { $0.message(types[Int(choice) % types.count]) { $0.raw(body) } }
  }

  mutating func clientMessage(_ choice: UInt8) -> [UInt8] {
    let names = byte()
    let (one, other) = (WireName(names & 1 == 0 ? "" : "a"), WireName(names & 2 == 0 ? "" : "b"))
    let parameters: [[UInt8]?] = names & 4 == 0 ? [] : [bytes()]
    return SessionHarness.bytes {
      switch choice % 14 {
      case 0, 1: Query("select").encode(into: &$0)
      case 2, 3: Parse(name: one, text: [0x73]).encode(into: &$0)
      case 4, 5: Bind(portal: other, statement: one, parameters: parameters).encode(into: &$0)
      case 6, 7: Execute(portal: other, rowsMax: UInt32(names >> 4)).encode(into: &$0)
      case 8: Describe(names & 8 == 0 ? .statement(one) : .portal(other)).encode(into: &$0)
      case 9: Close(names & 8 == 0 ? .statement(one) : .portal(other)).encode(into: &$0)
      case 10: Flush().encode(into: &$0)
      case 11: CopyData(Array("x\n".utf8)).encode(into: &$0)
      case 12: CopyDone().encode(into: &$0)
      default: Sync().encode(into: &$0)
      }
    }
  }

  func serverMessage(_ choice: UInt8) -> [UInt8] {
    SessionHarness.bytes {
      switch choice {
      case 0: ParseComplete().encode(into: &$0)
      case 1: BindComplete().encode(into: &$0)
      case 2: CloseComplete().encode(into: &$0)
      case 3: NoData().encode(into: &$0)
      case 4: RowDescription(columns: [.init(name: [0x61], typeOID: 25)]).encode(into: &$0)
      case 5, 6: DataRow([[0x31], nil]).encode(into: &$0)
      case 7: CommandComplete(tag: "SELECT 1").encode(into: &$0)
      case 8: CommandComplete(tag: "DEALLOCATE").encode(into: &$0)
      case 9: EmptyQueryResponse().encode(into: &$0)
      case 10: PortalSuspended().encode(into: &$0)
      case 11: ErrorResponse(.error, .syntaxError, "no").encode(into: &$0)
      case 12: ErrorResponse(.fatal, .adminShutdown, "over").encode(into: &$0)
      case 13: ReadyForQuery(.idle).encode(into: &$0)
      case 14: ReadyForQuery(.block).encode(into: &$0)
      case 15: ReadyForQuery(.failed).encode(into: &$0)
      case 16: CopyResponse(.into).encode(into: &$0)
      case 17: CopyResponse(.out).encode(into: &$0)
      case 18: CopyData([0x31, 0x0a]).encode(into: &$0)
      case 19: CopyDone().encode(into: &$0)
      case 20: ParameterDescription(typeOIDs: [23, 25]).encode(into: &$0)
      case 21: ParameterStatus(name: "client_encoding", value: "UTF8").encode(into: &$0)
      case 22: ErrorResponse(.notice, .successfulCompletion, "n").encode(into: &$0, type: ErrorResponse.noticeType)
      case 23: NotificationResponse(processID: 1, channel: [0x63], payload: [0x70]).encode(into: &$0)
      case 24: $0.message(FunctionCallResponse.type) { $0.int32(-1) }
      case 25: CommandComplete(tag: "DISCARD ALL").encode(into: &$0)
      case 26: CommandComplete(tag: "PREPARE").encode(into: &$0)
      default: ReadyForQuery(.idle).encode(into: &$0)
      }
    }
  }

  private mutating func verdict(_ choice: UInt8) -> Verdict {
    switch choice % 8 {
    case 0: return .refused(ErrorResponse(.error, .insufficientPrivilege, "no"))
    case 1: return .askFirst(HiddenQuery(id: UInt64(byte()), sql: "show search_path"))
    default:
      let flags = byte()
      return .approved(
        Approval(
          // A Bind's replacement is a whole body; its texts are those of a Query and a Parse as well.
          replacement: flags & 1 == 0 ? nil : [0x73, 0x32], note: flags & 2 == 0 ? nil : NoteReference(Note(Int(flags >> 6))),
          mayCopyIn: flags & 4 != 0, describesFirst: flags & 8 != 0,
          nameEffects: flags & 16 == 0 ? [] : [flags & 32 == 0 ? .deallocates(name: "a") : .prepares(name: "a", note: nil)]))
    }
  }

  private mutating func event(_ choice: UInt8, _ harness: SessionHarness) {
    switch choice % 10 {
    case 0...2: harness.handle(.cancelDelivered)
    case 3, 4: harness.handle(.limitReached(ErrorResponse(.error, .queryCanceled, "slow")))
    case 5: harness.handle(.ask(HiddenQuery(id: UInt64(byte()), sql: "show search_path")))
    case 6: harness.brokeClient(WireError(.length, "length"))
    case 7: harness.broke(WireError(.length, "length"))
    case 8: harness.handle(.backendClosed)
    default: harness.handle(.clientClosed)
    }
  }
}
