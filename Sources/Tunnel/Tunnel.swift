import PostgresWire
import Reactor
import Synchronization

/// A local address without a password, whose connections log in at the proxy with one lease. Only the user who opened it is let in.
/// From any thread but its loop's.
public final class Tunnel: Sendable {
  /// Long enough for a last message to reach its reader.
  private static let flushMilliseconds = 50

  private let loop: EventLoop
  private let core: LoopBound<TunnelCore>
  private let resolver: BlockingPool
  private let someEnded: Flag
  /// Where it listens, with the port that the kernel chose for port 0.
  public let port: Int

  private final class Flag: Sendable {
    let value = Atomic<Bool>(false)
  }

  /// Listens at once. Signals that the caller wants for itself are blocked before.
  public init(_ address: TunnelAddress, gate: TunnelGate) throws(SocketError) {
    let loop = try EventLoop()
    let resolver = try BlockingPool(threadCount: 1, waitingMax: 256)
    let flag = Flag()
    let core = LoopBound(
      TunnelCore(loop: loop, resolver: resolver, gate: gate) { flag.value.store(true, ordering: .relaxed) }, loop: loop)
    (self.loop, self.resolver, self.core, someEnded) = (loop, resolver, core, flag)
    try loop.start()
    switch OnLoop.run(on: loop, { () throws(SocketError) in try core.value.listen(address) }) {
    case .success(let port): self.port = port
    case .failure(let error):
      loop.stop()
      resolver.stop()
      throw error
    }
  }

  /// Says what happens to those who connect from now on, and to those who are held.
  public func set(_ gate: TunnelGate) { loop.execute { [core] in core.value.set(gate) } }

  /// Connections that stand.
  public var connectionCount: Int {
    switch OnLoop.run(on: loop, { [core] () throws(SocketError) in core.value.count }) {
    case .success(let count): count
    case .failure: 0
    }
  }

  /// Whether a connection ended since this was asked last: its lease may be over.
  public func takeEnded() -> Bool { someEnded.value.exchange(false, ordering: .relaxed) }

  /// Ends it, and all of its connections.
  public func stop() {
    _ = OnLoop.run(on: loop) { [core] () throws(SocketError) in core.value.stop() }
    Pause.milliseconds(Self.flushMilliseconds)
    loop.stop()
    resolver.stop()
  }
}
