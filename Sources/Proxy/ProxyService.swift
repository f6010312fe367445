import Audit
import IssuerAPI
import Logging
import Reactor
import SQLAnalysis
import Synchronization

/// The proxy as a whole: workers, listeners, the issuer's events, checkpoints, health. Blocks its caller's thread in `run`.
public final class ProxyService: Sendable {
  private struct Parts {
    var listeners: [LoopBound<Listener>] = []
    var health: LoopBound<HealthListener>?
    var addresses: [SocketAddress] = []
    var healthAddress: SocketAddress?
    var isStopped = false
  }

  private let context: ProxyContext
  private let loops: [EventLoop]
  private let workers: [LoopBound<Worker>]
  private let pools: [BlockingPool]
  private let follower: EventFollower
  private let parts = Mutex(Parts())

  /// Checks everything that can be checked before the first client comes: files, addresses, the audit log.
  /// Throws `SocketError`, `AuditError` or the analyser's error.
  public convenience init(_ configuration: ProxyConfiguration, logger: Logger) throws {
    try self.init(configuration, issuer: IssuerSocket(path: configuration.issuerSocket), logger: logger)
  }

  /// With another way to the issuer.
  public init(_ configuration: ProxyConfiguration, issuer: any IssuerConnection, logger: Logger) throws {
    let audit = try AuditLog(
      directory: configuration.audit.directory, writer: configuration.name, durability: configuration.audit.durability)
    let issuerPool = try BlockingPool(threadCount: 8, waitingMax: 2048)
    let resolver = try BlockingPool(threadCount: 1, waitingMax: 1024)
    // One for the stream of events, one for checkpoints.
    let background = try BlockingPool(threadCount: 2, waitingMax: 8)
    pools = [background, issuerPool, resolver]
    let context = try ProxyContext(
      configuration, issuer: issuer, audit: audit, issuerPool: issuerPool, resolver: resolver,
      analyser: SQLAnalyser(statementBytesMax: 64 << 20), logger: logger)
    self.context = context
    var loops: [EventLoop] = []
    var workers: [LoopBound<Worker>] = []
    for _ in 0..<configuration.workers {
      let loop = try EventLoop()
      loops.append(loop)
      workers.append(LoopBound(Worker(number: workers.count, loop: loop, context: context), loop: loop))
    }
    self.loops = loops
    self.workers = workers
    follower = EventFollower(context)
  }

  /// Starts listening; returns when clients can connect. Throws when an address cannot be had.
  public func start() throws {
    for loop in loops { try loop.start() }
    var listeners: [ProxyListener] = []
    for listen in context.configuration.listen { listeners += try ProxyListener.resolve(listen, context.configuration) }
    for listener in listeners { try listen(listener) }
    if let metrics = context.configuration.metrics { try serveHealth(metrics) }
    try context.audit.append(.issuer(IssuerEvent(.started, actor: context.configuration.name)))
    let follower = follower
    _ = pools[0].submit { follower.follow() }
    scheduleCheckpoint()
    let addresses = listenAddresses.map(\.description).joined(separator: ", ")
    context.logger.notice("listening", metadata: ["addresses": "\(addresses)"])
  }

  /// Where it listens, with the ports that the kernel chose.
  public var listenAddresses: [SocketAddress] { parts.withLock { $0.addresses } }
  /// Where `/metrics` is served.
  public var healthAddress: SocketAddress? { parts.withLock { $0.healthAddress } }
  /// The counters.
  public var metrics: Metrics { context.metrics }

  /// Reads the certificate files again; running sessions keep theirs. On failure the old certificates stay, and the log says why.
  public func reload() {
    do throws(SocketError) {
      try context.reloadCertificates()
      context.logger.notice("certificates reloaded")
    } catch {
      context.logger.error("certificates not reloaded; the old ones stay", metadata: ["error": "\(error)"])
    }
  }

  /// Stops: no new connections, idle sessions end at once, the others when they become idle or `drainSeconds` are over. Blocks.
  public func stop() {
    guard
      parts.withLock({ parts in
        defer { parts.isStopped = true }
        return !parts.isStopped
      })
    else { return }
    context.isDraining.store(true, ordering: .relaxed)
    let (listeners, health) = parts.withLock { ($0.listeners, $0.health) }
    loops[0].execute { for listener in listeners { listener.value.close() } }
    drain()
    follower.stop()
    loops[0].execute { health?.value.close() }
    for pool in pools { pool.stop() }
    follower.checkpoint()
    for loop in loops { loop.stop() }
    do {
      try context.audit.append(.issuer(IssuerEvent(.stopped, actor: context.configuration.name)))
      try context.audit.sync()
    } catch {
      context.logger.error("the audit log was not closed cleanly", metadata: ["error": "\(error)"])
    }
    context.logger.notice("stopped")
  }

  private func drain() {
    let end = EventLoop.monotonicMilliseconds() + UInt64(context.configuration.limits.drainSeconds) * 1000
    while context.open.load(ordering: .relaxed) > 0, EventLoop.monotonicMilliseconds() < end {
      endSessions(idleOnly: true)
      Pause.milliseconds(50)
    }
    endSessions(idleOnly: false)
    // The end of a session by force takes less than a second.
    let last = EventLoop.monotonicMilliseconds() + 2000
    while context.open.load(ordering: .relaxed) > 0, EventLoop.monotonicMilliseconds() < last { Pause.milliseconds(10) }
  }

  private func endSessions(idleOnly: Bool) {
    for (loop, worker) in zip(loops, workers) { loop.execute { worker.value.end(idleOnly: idleOnly) } }
  }

  private func listen(_ listener: ProxyListener) throws(SocketError) {
    let (loops, workers, logger) = (loops, workers, context.logger)
    let result = OnLoop.run(on: loops[0]) { () throws(SocketError) -> (LoopBound<Listener>, SocketAddress) in
      let socket = try Listener(
        listener.address, loop: loops[0], unixMode: listener.unixMode,
        accepted: { [self] descriptor, address in
          let index = leastBusy()
          context.load.withLock { $0[index] += 1 }
          loops[index].execute { workers[index].value.accept(descriptor, address, listener) }
        },
        refused: { error in logger.error("cannot accept", metadata: ["error": "\(error)"]) })
      return (LoopBound(socket, loop: loops[0]), socket.address)
    }
    let (socket, address) = try result.get()
    parts.withLock {
      $0.listeners.append(socket)
      $0.addresses.append(address)
    }
  }

  private func leastBusy() -> Int {
    let busy = context.load.withLock { $0 }
    return busy.indices.min { busy[$0] < busy[$1] } ?? 0
  }

  private func serveHealth(_ listen: ProxyConfiguration.ListenAddress) throws(SocketError) {
    guard let address = try ProxyListener.resolve(listen, context.configuration).first?.address else { return }
    let (loop, context, follower) = (loops[0], context, follower)
    let result = OnLoop.run(on: loop) { () throws(SocketError) -> (LoopBound<HealthListener>, SocketAddress?) in
      let health = try HealthListener(address, loop: loop, metrics: context.metrics) {
        if context.isDraining.load(ordering: .relaxed) { return "stopping" }
        return follower.isConnected.load(ordering: .relaxed) ? nil : "the issuer cannot be reached: no new sessions"
      }
      return (LoopBound(health, loop: loop), health.address)
    }
    let (health, bound) = try result.get()
    parts.withLock {
      $0.health = health
      $0.healthAddress = bound
    }
  }

  private func scheduleCheckpoint() {
    let follower = follower
    let pool = pools[0]
    loops[0].execute { [self] in
      _ = loops[0].schedule(afterMilliseconds: Int(EventFollower.checkpointMilliseconds)) { [self] in
        guard !context.isDraining.load(ordering: .relaxed) else { return }
        _ = pool.submit { follower.checkpoint() }
        scheduleCheckpoint()
      }
    }
  }
}
