import Foundation
import Synchronization
import Testing

@testable import Reactor

/// When output leaves, and what the kernel is asked to gather.
@Suite struct OutputTests {
  private static func open(_ socket: Int32, _ loop: EventLoop, _ peer: Peer) -> SocketStream? {
    try? SocketStream(descriptor: socket, loop: loop, handler: peer)
  }

  /// Sends what `answer` writes once the client has said something.
  private func answer(_ barrier: @escaping (EventLoop) -> Void, _ answer: @escaping (SocketStream) -> Void) throws -> (
    Server, Witness
  ) {
    let answer = LoopFree(answer)
    let barrier = LoopFree(barrier)
    let server = try Server { loop, socket in
      barrier.value(loop)
      let peer = Peer(Witness())
      peer.onBytes = { stream, _ in answer.value(stream) }
      _ = Self.open(socket, loop, peer)
    }
    let client = Witness()
    server.connect { result in
      guard case .success(let socket) = result, let stream = Self.open(socket, server.loop, Peer(client)) else { return }
      stream.write([1])
    }
    return (server, client)
  }

  private struct LoopFree<Value>: @unchecked Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
  }

  @Test(arguments: [10, 100_000])
  func `the barrier runs before the first byte, and what it drops never leaves`(count: Int) throws {
    let order = Mutex<[String]>([])
    let served = Mutex<LoopFree<SocketStream>?>(nil)
    let (server, client) = try answer(
      { loop in
        loop.setBarrier {
          order.withLock { $0.append("barrier") }
          served.withLock { $0?.value }?.dropOutput(downTo: 4)
        }
      },
      { stream in
        served.withLock { $0 = LoopFree(stream) }
        stream.write(Array("kept".utf8))
        stream.loop.expectBarrier()
        order.withLock { $0.append("written") }
        stream.write([UInt8](repeating: 2, count: count))
        stream.write(Array("lost".utf8))
        stream.loop.execute {
          let stream = served.withLock { $0!.value }
          stream.unmute()
          stream.write(Array(", said".utf8))
          stream.closeAfterFlush()
        }
      })
    #expect(client.waits { $0.events.contains("ended") })
    #expect(String(decoding: client.now.received, as: UTF8.self) == "kept, said")
    #expect(order.withLock { $0 } == ["written", "barrier"])
    server.loop.stop()
  }

  @Test func `held output waits for as many releases, and comes in order`() throws {
    let served = Mutex<LoopFree<SocketStream>?>(nil)
    let (server, client) = try answer(
      { _ in },
      { stream in
        served.withLock { $0 = LoopFree(stream) }
        stream.holdOutput()
        stream.holdOutput()
        stream.write(Array("one ".utf8))
        stream.write([UInt8](repeating: UInt8(ascii: "x"), count: 50_000))
        stream.loop.execute { served.withLock { $0!.value }.releaseOutput() }
        _ = stream.loop.schedule(afterMilliseconds: 20) {
          #expect(stream.pendingBytes == 50_004)
          stream.releaseOutput()
          stream.closeAfterFlush()
        }
      })
    #expect(client.waits { $0.events.contains("ended") })
    #expect(client.now.received.count == 50_004)
    server.loop.stop()
  }

  @Test func `the last few bytes behind bulk are not left in the kernel`() throws {
    let (server, client) = try answer(
      { _ in },
      { stream in
        for _ in 0..<64 { stream.write([UInt8](repeating: 3, count: 64 << 10)) }
        stream.write(Array("end".utf8))
      })
    // The connection stays open: nothing but the clock tells the reader that no more will come.
    #expect(client.waits { $0.received.count == 64 * (64 << 10) + 3 })
    server.loop.stop()
  }

  @Test func `bulk is what comes without a pause`() {
    func beginnings(_ arrivals: [UInt64]) -> [Bool] {
      var reading = BulkReading()
      return arrivals.map { reading.received(200 << 10, nowMilliseconds: $0) }
    }
    #expect(beginnings([100, 101]) == [false, true])
    #expect(beginnings(Array(stride(from: 10, to: 500, by: 10))).allSatisfy { !$0 })
    var reading = BulkReading()
    _ = reading.received(1, nowMilliseconds: 101)
    #expect(!reading.isOver(nowMilliseconds: 102))
    #expect(reading.isOver(nowMilliseconds: 103))
  }
}
