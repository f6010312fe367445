import Foundation
import IssuerAPI
import Logging
import PostgresClient
import Synchronization

/// Connections to the ledger, each confined to a thread of its own, all taking work from one queue. A call costs two hand-overs
/// (queue in, continuation out) and nothing else; libpq blocks only threads that are there to be blocked.
///
/// Work goes to the thread that became idle last: its backend's caches are warm, and the others are not woken to catch up with what it
/// changed (each new role invalidates something in every backend).
///
/// Threads connect before there is work, and again when a connection was lost, so that a server without free connections does not lock
/// the issuer out.
///
/// What runs here must be safe to run again: when a connection was lost, the work is tried once more on a new one. The functions of
/// sql/ are idempotent for that reason.
final class LedgerPool: Sendable {
  typealias Connect = @Sendable () throws -> PostgresConnection
  private typealias Work = @Sendable (Worker) -> Void

  /// How often an idle thread sees to it that its connection lives.
  private static let idleSeconds = 5

  private enum Step {
    case work(Work)
    case wait
    case stop
  }

  private struct Queue {
    var work: [Work] = []
    var head = 0
    /// What idle threads wait for, the last one idle since the shortest time.
    var idle: [DispatchSemaphore] = []
    var isStopping = false

    var count: Int { work.count - head }

    mutating func next() -> Work? {
      guard head < work.count else { return nil }
      defer {
        head += 1
        if head == work.count {
          work.removeAll(keepingCapacity: true)
          head = 0
        }
      }
      return work[head]
    }

    /// What a thread does now; one that has nothing to do is noted as idle.
    mutating func next(orIdle thread: DispatchSemaphore) -> Step {
      if let work = next() { return .work(work) }
      if isStopping { return .stop }
      idle.append(thread)
      return .wait
    }

    /// False when the thread was chosen for work already.
    mutating func withdraw(_ thread: DispatchSemaphore) -> Bool {
      guard let index = idle.firstIndex(where: { $0 === thread }) else { return false }
      idle.remove(at: index)
      return true
    }
  }

  private let connect: Connect
  private let queueMax: Int
  private let queue = Mutex(Queue())
  private let ended = DispatchGroup()

  /// - Parameter queueMax: callers beyond it are answered `unavailable` at once, so that a slow database does not fill memory.
  init(name: String, size: Int, queueMax: Int = 4096, connect: @escaping Connect) {
    self.connect = connect
    self.queueMax = queueMax
    for index in 0..<size {
      ended.enter()
      let thread = Thread { [self] in
        Worker(connect: connect).run(self)
        ended.leave()
      }
      thread.name = "\(name)-\(index)"
      thread.stackSize = 1 << 20
      thread.start()
    }
  }

  /// Runs work with a connection and returns what it returns.
  /// - Throws: what the body throws; `PostgresError` when no connection can be had; `APIError` (`unavailable`) when the queue is full.
  func run<Value: Sendable>(_ body: @escaping @Sendable (PostgresConnection) throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      let (accepted, idle) = queue.withLock { queue -> (Bool, DispatchSemaphore?) in
        guard !queue.isStopping, queue.count < queueMax else { return (false, nil) }
        queue.work.append { worker in continuation.resume(with: Result { try worker.perform(body) }) }
        return (true, queue.idle.popLast())
      }
      idle?.signal()
      if !accepted {
        continuation.resume(throwing: APIError.unavailable("the issuer has too much to do, or is stopping"))
      }
    }
  }

  /// Lets queued work finish, closes the connections and waits for the threads.
  func stop() async {
    let idle = queue.withLock { queue in
      queue.isStopping = true
      defer { queue.idle = [] }
      return queue.idle
    }
    for thread in idle { thread.signal() }
    await withCheckedContinuation { continuation in ended.notify(queue: .global()) { continuation.resume() } }
  }

  /// One thread's connection.
  private final class Worker {
    private let connect: Connect
    private let wake = DispatchSemaphore(value: 0)
    private var connection: PostgresConnection?

    init(connect: @escaping Connect) { self.connect = connect }

    func run(_ pool: LedgerPool) {
      while true {
        if connection == nil { connection = try? connect() }
        switch pool.queue.withLock({ $0.next(orIdle: wake) }) {
        case .work(let work): work(self)
        case .stop: return
        case .wait:
          // Comes back without work now and then, to look after the connection.
          if wake.wait(timeout: .now() + .seconds(LedgerPool.idleSeconds)) == .success { continue }
          guard pool.queue.withLock({ $0.withdraw(wake) }) else {
            // Chosen at this moment: the signal is on its way.
            wake.wait()
            continue
          }
          if let connection, (try? connection.query("SELECT 1")) == nil { self.connection = nil }
        }
      }
    }

    func perform<Value>(_ body: (PostgresConnection) throws -> Value) throws -> Value {
      let wasFresh = connection == nil
      do {
        return try attempt(body)
      } catch let error as PostgresError where error.isConnectionLost && !wasFresh {
        // The connection had grown stale (server restarted, idle cut): once more on a new one.
        return try attempt(body)
      }
    }

    private func attempt<Value>(_ body: (PostgresConnection) throws -> Value) throws -> Value {
      let connection = try self.connection ?? connect()
      self.connection = connection
      do {
        return try body(connection)
      } catch {
        // A transaction left open, or a lost connection, must not meet the next caller.
        if (error as? PostgresError)?.isConnectionLost == true || !connection.isOpen || connection.isInTransaction {
          self.connection = nil
        }
        throw error
      }
    }
  }
}
