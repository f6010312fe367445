import Foundation
import Testing

@testable import Reactor

@Suite struct StreamTests {
  /// Wraps a connected socket, and keeps nothing: the loop holds the stream.
  private static func open(_ socket: Int32, _ loop: EventLoop, _ peer: Peer) -> SocketStream? {
    try? SocketStream(descriptor: socket, loop: loop, handler: peer)
  }

  @Test func `bytes echo, and the peer's end is seen after the last of them`() throws {
    let server = try Server { loop, socket in
      let peer = Peer(Witness())
      peer.onBytes = { $0.write($1) }
      peer.onEnd = { $0.endOutput() }
      _ = Self.open(socket, loop, peer)
    }
    let client = Witness()
    server.connect { result in
      guard case .success(let socket) = result, let stream = Self.open(socket, server.loop, Peer(client)) else { return }
      stream.write(Array("hello ".utf8))
      stream.write(Array("world".utf8))
      stream.endOutput()
    }
    #expect(client.waits { $0.events.contains("ended") })
    #expect(String(decoding: client.now.received, as: UTF8.self) == "hello world")
    server.loop.stop()
  }

  @Test func `a slow reader blocks the writer, and everything arrives in order`() throws {
    let total = 8 << 20
    let sent = (0..<total).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 11) }
    let writer = Witness()
    let server = try Server { loop, socket in
      let stream = Self.open(socket, loop, Peer(writer))
      stream?.write(sent)
      stream?.closeAfterFlushWhenDrained()
    }
    let client = Witness()
    server.connect { result in
      guard case .success(let socket) = result else { return }
      let peer = Peer(client)
      peer.onBytes = { stream, _ in
        stream.pauseReading()
        _ = stream.loop.schedule(afterMilliseconds: 1) { stream.resumeReading() }
      }
      _ = Self.open(socket, server.loop, peer)
    }
    #expect(client.waits { $0.received.count == total })
    #expect(client.now.received == sent)
    #expect(writer.now.events.contains("blocked"))
    server.loop.stop()
  }

  @Test func `the last message arrives even when the peer goes on sending`() throws {
    let server = try Server { loop, socket in
      let peer = Peer(Witness())
      peer.onBytes = { stream, _ in
        stream.write(Array("goodbye".utf8))
        stream.closeAfterFlush()
      }
      _ = Self.open(socket, loop, peer)
    }
    let client = Witness()
    server.connect { result in
      guard case .success(let socket) = result, let stream = Self.open(socket, server.loop, Peer(client)) else { return }
      stream.write([UInt8](repeating: 1, count: 200_000))
    }
    #expect(client.waits { $0.events.contains("ended") || $0.events.contains("closed") })
    #expect(String(decoding: client.now.received, as: UTF8.self) == "goodbye")
    server.loop.stop()
  }

  @Test func `the first byte can be seen without reading it`() throws {
    let witness = Witness()
    let server = try Server { loop, socket in Self.open(socket, loop, Peer(witness))?.sniffFirstByte() }
    server.connect { result in
      guard case .success(let socket) = result else { return }
      Self.open(socket, server.loop, Peer(Witness()))?.write([22, 3, 1])
    }
    #expect(witness.waits { $0.received.count == 3 })
    #expect(witness.now.events == ["sniffed 22"])
    server.loop.stop()
  }

  @Test func `a refused connect says which address and what to do`() throws {
    let server = try Server { _, socket in Socket.close(socket) }
    let unused = try Server { _, socket in Socket.close(socket) }
    let dead = SocketAddress(bytes: unused.address.bytes, family: unused.address.family, description: unused.address.description)
    let witness = Witness()
    let path = FileManager.default.temporaryDirectory.appending(path: "none-\(UUID().uuidString)").path
    let nobody = try SocketAddress(unixPath: path)
    server.loop.execute {
      Connector([nobody], loop: server.loop, timeoutMilliseconds: 1000) {
        if case .failure(let error) = $0 { witness.note(error) }
      }
      Connector([nobody, dead], loop: server.loop, timeoutMilliseconds: 1000) {
        if case .success(let socket) = $0 {
          witness.note("second address")
          Socket.close(socket)
        }
      }
    }
    #expect(witness.waits { $0.errors.count == 1 && $0.events == ["second address"] })
    #expect(witness.now.errors[0].message.contains(path))
    server.loop.stop()
    unused.loop.stop()
  }

  @Test func `a Unix socket left by a crash is replaced, a live one is not`() throws {
    let loop = try EventLoop()
    try loop.start()
    let path = FileManager.default.temporaryDirectory.appending(path: "s-\(UUID().uuidString)").path
    let address = try SocketAddress(unixPath: path)
    let witness = Witness()
    loop.execute {
      do throws(SocketError) {
        let first = try Listener(address, loop: loop, accepted: { socket, _ in Socket.close(socket) }, refused: { _ in })
        do throws(SocketError) {
          _ = try Listener(address, loop: loop, accepted: { _, _ in }, refused: { _ in })
        } catch { witness.note(error) }
        loop.remove(first)
        Socket.close(first.descriptor)
        let second = try Listener(address, loop: loop, accepted: { _, _ in }, refused: { _ in })
        witness.note("replaced")
        second.close()
        witness.note(FileManager.default.fileExists(atPath: path) ? "left" : "removed")
      } catch { witness.note(error) }
    }
    #expect(witness.waits { $0.events.count == 2 })
    #expect(witness.now.events == ["replaced", "removed"])
    #expect(witness.now.errors.map(\.code) == [.configuration])
    loop.stop()
  }
}

extension SocketStream {
  /// For a writer that has nothing to read.
  fileprivate func closeAfterFlushWhenDrained() { endOutput() }
}
