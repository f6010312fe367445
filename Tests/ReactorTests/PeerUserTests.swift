import Foundation
import Synchronization
import Testing

@testable import Reactor

@Suite struct PeerUserTests {
  private static let table = """
      sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
       0: 0100007F:1770 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 19386 1 0000000000000000 100 0 0 10 0
       1: 0100007F:9C41 0100007F:1770 01 00000000:00000000 00:00000000 00000000  1000        0 19404 1 0000000000000000 20 4 30 10 -1
       2: 0100007F:9C42 0100007F:1770 05 00000000:00000000 00:00000000 00000000     0        0 0 1 0000000000000000 20 4 30 10 -1
       3: 0100007F:1770 0100007F:9C41 01 00000000:00000000 00:00000000 00000000    33        0 19405 1 0000000000000000 20 4 30 10 -1
    """
  private static let mapped = """
       9: 0000000000000000FFFF00000100007F:9C41 0000000000000000FFFF00000100007F:1770 01 0:0 00:0 0  1001 0 1 1
      10: 00000000000000000000000001000000:9C41 00000000000000000000000001000000:1770 01 0:0 00:0 0  1002 0 1 1
    """

  private static func address(_ host: String, _ port: Int) throws -> SocketAddress {
    try #require(SocketAddress.literal(host: host, port: port))
  }

  @Test func `the owner of a connection is who holds its other end`() throws {
    let (client, server) = (try Self.address("127.0.0.1", 40001), try Self.address("127.0.0.1", 6000))
    #expect(SocketTable.userID(of: client, connectedTo: server, in: Self.table) == 1000)
    #expect(SocketTable.userID(of: server, connectedTo: client, in: Self.table) == 33)
  }

  @Test func `a socket that its process has closed, or that is not there, has no owner`() throws {
    let server = try Self.address("127.0.0.1", 6000)
    for port in [40002, 40003] {
      #expect(SocketTable.userID(of: try Self.address("127.0.0.1", port), connectedTo: server, in: Self.table) == nil)
    }
    #expect(SocketTable.userID(of: server, connectedTo: try Self.address("127.0.0.1", 1), in: "") == nil)
    #expect(SocketTable.userID(of: server, connectedTo: server, in: "0: 0100007F:1770 0100007F:1770 01") == nil)
  }

  @Test func `IPv6, and IPv4 through an IPv6 socket, are found in the other table`() throws {
    #expect(
      SocketTable.userID(
        of: try Self.address("127.0.0.1", 40001), connectedTo: try Self.address("127.0.0.1", 6000), in: Self.mapped) == 1001)
    #expect(
      SocketTable.userID(of: try Self.address("::1", 40001), connectedTo: try Self.address("::1", 6000), in: Self.mapped) == 1002)
  }

  @Test func `the kernel names us as the peer of our own connection`() throws {
    let shared = Seen()
    let server = try Server { _, socket in
      shared.ids.withLock { $0.append(PeerUser.id(of: socket)) }
      Socket.close(socket)
    }
    let witness = Witness()
    server.connect { result in
      if case .success(let socket) = result {
        _ = try? SocketStream(descriptor: socket, loop: server.loop, handler: Peer(witness))
      }
    }
    #expect(witness.waits { $0.events.contains("ended") })
    #expect(shared.ids.withLock { $0 } == [geteuid()])
    server.loop.stop()
  }

  private final class Seen: Sendable {
    let ids = Mutex<[UInt32?]>([])
  }
}
