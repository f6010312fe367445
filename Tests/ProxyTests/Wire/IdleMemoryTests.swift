import PostgresWire
import TestSupport
import Testing

@testable import Proxy

/// What a session that nobody uses takes, TLS excluded. In a process of its own, for what other tests allocate is not to count: by how
/// much the heap shrinks when all sessions end, while their clients stay.
@Suite struct IdleMemoryTests {
  static let sessions = 150
  /// What is measured is 2.5 KiB; what it was before equal policies were one and of a login nothing was kept, 13.4.
  static let bytesMax = 3072

  @Test func `an idle session takes less than 3 KiB`() async {
    await #expect(processExitsWith: .success) {
      let world = try ProxyWorld(PostgresServer(), plaintext: true, limits: { $0.backend.spareConnectionsMax = 0 })
      let clients = try (0..<IdleMemoryTests.sessions).map { _ in
        let client = try WireClient(world, deadlineSeconds: 60)
        #expect(try client.value("SELECT 'idle'") == "idle")
        return client
      }
      #expect(world.service.metrics.value(.sessions) == IdleMemoryTests.sessions)
      let held = try HeapMemory.bytes
      // One after the other: the queues of what they are told last are lent by the loop, and it keeps them.
      for (number, client) in clients.enumerated() {
        world.issuer.send(.sessionKilled(session: "session-\(number + 1)", reason: "the test is over"))
        #expect(try client.read().error?.isFatal == true)
      }
      try eventually("the sessions end") { world.service.metrics.value(.sessions) == 0 }
      let each = try (held - HeapMemory.bytes) / IdleMemoryTests.sessions
      #expect(each < IdleMemoryTests.bytesMax, "\(each) bytes a session")
      #expect(each > IdleMemoryTests.bytesMax / 4, "\(each) bytes a session: this measures something else")
      withExtendedLifetime(clients) {}
    }
  }
}
