import PostgresWire
import Testing

@testable import Proxy

/// COPY as the session sees it.
extension SessionGoldenTests {
  @Test func `a COPY of libpq's extended form is ended by one ReadyForQuery`() throws {
    let harness = try H.established()
    client(harness) {
      Parse(name: .unnamed, text: [0x61]).encode(into: &$0)
      Bind().encode(into: &$0)
      Execute().encode(into: &$0)
      Sync().encode(into: &$0)
      CopyData([0x78]).encode(into: &$0)
      CopyDone().encode(into: &$0)
      Sync().encode(into: &$0)
    }
    approve(harness)
    approve(harness)
    approve(harness, Approval(mayCopyIn: true))
    #expect(
      try harness.backendLines() == ["Parse \"\" <1 bytes>", "Bind \"\" \"\" 0 parameters", "Execute \"\" 0", "Flush"])
    harness.server { ParseComplete().encode(into: &$0) }
    harness.server { BindComplete().encode(into: &$0) }
    harness.server { CopyResponse(.into).encode(into: &$0) }
    while harness.stepClient() {}
    #expect(try harness.backendLines() == ["CopyData <1 bytes>", "CopyDone", "Sync"])
    harness.server { CommandComplete(tag: "COPY 1").encode(into: &$0) }
    harness.server { ReadyForQuery(.idle).encode(into: &$0) }
    #expect(
      harness.outcomes == [.init(execution: .init(number: 1), part: 0, result: .completed(tag: "COPY 1"), rows: 0, bytes: 1)])
    #expect(harness.machine.isIdle == true)
  }

  @Test func `a COPY that fails before it reads still answers the Sync behind it`() throws {
    let harness = try H.established()
    client(harness) {
      Parse(name: .unnamed, text: [0x61]).encode(into: &$0)
      Bind().encode(into: &$0)
      Execute().encode(into: &$0)
      Sync().encode(into: &$0)
    }
    approve(harness)
    approve(harness)
    approve(harness, Approval(mayCopyIn: true))
    harness.server { ParseComplete().encode(into: &$0) }
    harness.server { BindComplete().encode(into: &$0) }
    harness.server { CopyResponse(.into).encode(into: &$0) }
    while harness.stepClient() {}
    harness.server { ErrorResponse(.error, .uniqueViolation, "trigger").encode(into: &$0) }
    #expect(try harness.backendLines().last == "Sync")
    harness.server { ReadyForQuery(.idle).encode(into: &$0) }
    #expect(try harness.clientLines().suffix(2) == ["ErrorResponse ERROR 23505", "ReadyForQuery I"])
    #expect(harness.machine.isIdle == true)
  }

  @Test func `another message inside COPY FROM STDIN ends the session, as in PostgreSQL`() throws {
    let harness = try H.established()
    client(harness, query("copy t from stdin"))
    approve(harness, Approval(mayCopyIn: true))
    harness.server { CopyResponse(.into).encode(into: &$0) }
    client(harness, query("select 1"))
    #expect(try harness.clientLines().last == "ErrorResponse FATAL 08P01")
    #expect(harness.clientIsClosed && harness.backendIsClosed && harness.cancels == 1)
    #expect(harness.outcomes.map(\.result) == [.unknown])
  }

  @Test func `stray copy messages outside a COPY are ignored`() throws {
    let harness = try H.established()
    client(harness) {
      CopyData([1]).encode(into: &$0)
      CopyFail(reason: "late").encode(into: &$0)
      CopyDone().encode(into: &$0)
    }
    #expect(harness.toBackend.isEmpty && harness.machine.isIdle)
  }
}
