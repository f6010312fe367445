import PostgresWire
import Testing

@testable import Proxy

/// What a client can make one session keep is bounded in bytes, not in names alone.
@Suite struct SessionMemoryTests {
  private final class Note: StatementNote {
    let footprintBytes: Int
    init(_ footprintBytes: Int) { self.footprintBytes = footprintBytes }
  }

  private func established() throws -> SessionHarness { try SessionHarness.established(frameLimits: .init(heldBytesMax: 1_000)) }

  /// Sends a Parse, which is approved with a note of this size, or refused by the machine itself.
  private func parse(_ harness: SessionHarness, _ name: String, bytes: Int) {
    harness.fromClient += SessionHarness.bytes { Parse(name: WireName(name), text: Array("select 1".utf8)).encode(into: &$0) }
    _ = harness.stepClient()
    guard !harness.judgements.isEmpty else { return }
    harness.judge(.approved(Approval(note: NoteReference(Note(bytes)))))
  }

  private func sync(_ harness: SessionHarness, answering kinds: UInt8...) {
    harness.fromClient += SessionHarness.bytes { Sync().encode(into: &$0) }
    _ = harness.stepClient()
    for kind in kinds { harness.server { $0.message(kind) { _ in } } }
    harness.server { ReadyForQuery(.idle).encode(into: &$0) }
  }

  private func accepts(_ harness: SessionHarness) -> Bool { harness.machine.acceptsClient }

  private static let parseComplete = UInt8(ascii: "1")
  private static let closeComplete = UInt8(ascii: "3")

  @Test func `named statements that take too much memory are refused until some are closed`() throws {
    let harness = try established()
    for name in ["a", "b", "c"] {
      parse(harness, name, bytes: 400)
      sync(harness, answering: Self.parseComplete)
    }
    #expect(try harness.clientLines().filter { $0.hasPrefix("Error") } == [])
    parse(harness, "d", bytes: 1)
    sync(harness)
    #expect(try harness.clientLines() == ["ErrorResponse ERROR 53400", "ReadyForQuery I"])
    // What has no name is replaced, and fits.
    parse(harness, "", bytes: 400)
    sync(harness, answering: Self.parseComplete)
    harness.fromClient += SessionHarness.bytes { Close(.statement("a")).encode(into: &$0) }
    _ = harness.stepClient()
    sync(harness, answering: Self.closeComplete)
    #expect(try harness.clientLines() == ["ParseComplete", "ReadyForQuery I", "CloseComplete", "ReadyForQuery I"])
    parse(harness, "d", bytes: 100)
    sync(harness, answering: Self.parseComplete)
    #expect(try harness.clientLines() == ["ParseComplete", "ReadyForQuery I"])
  }

  @Test func `names that share a statement's memory count it once`() throws {
    let harness = try established()
    let note = NoteReference(Note(600))
    for name in ["a", "b", "c", "d"] {
      harness.fromClient += SessionHarness.bytes { Parse(name: WireName(name), text: [0x61]).encode(into: &$0) }
      _ = harness.stepClient()
      harness.judge(.approved(Approval(note: note)))
      sync(harness, answering: Self.parseComplete)
    }
    #expect(try harness.clientLines().filter { $0.hasPrefix("Error") } == [])
  }

  @Test func `a pipeline that takes too much memory waits for answers, which the server is asked for`() throws {
    let harness = try established()
    harness.toBackend = []
    parse(harness, "", bytes: 600)
    #expect(accepts(harness))
    let flush = SessionHarness.bytes { Flush().encode(into: &$0) }
    #expect(!harness.toBackend.contains(flush))
    parse(harness, "", bytes: 600)
    #expect(harness.toBackend.suffix(flush.count) == flush[...])
    #expect(!accepts(harness))
    harness.server { $0.message(Self.parseComplete) { _ in } }
    #expect(accepts(harness))
    harness.server { $0.message(Self.parseComplete) { _ in } }
    sync(harness)
    #expect(try harness.clientLines() == ["ParseComplete", "ParseComplete", "ReadyForQuery I"])
  }

  @Test func `an error lets go of what waited behind it`() throws {
    let harness = try established()
    for _ in 0..<2 { parse(harness, "", bytes: 600) }
    #expect(!accepts(harness))
    harness.server { ErrorResponse(.error, .syntaxError, "no").encode(into: &$0) }
    #expect(accepts(harness))
    sync(harness)
    #expect(try harness.clientLines() == ["ErrorResponse ERROR 42601", "ReadyForQuery I"])
  }
}
