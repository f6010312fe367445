import Foundation
import IssuerAPI
import Logging
import PostgresClient
import Synchronization

/// Connections to the ledger, each confined to a thread of its own, all taking work from one queue. A call costs two hand-overs
/// (queue in, continuation out) and nothing else; libpq blocks only threads that are there to be blocked.
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

  private struct Queue {
    var work: [Work] = []
    var head = 0
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
  }

  private let connect: Connect
  private let queueMax: Int
  private let queue = Mutex(Queue())
  private let signal = DispatchSemaphore(value: 0)
  private let ended = DispatchGroup()
  private let size: Int

  /// - Parameter queueMax: callers beyond it are answered `unavailable` at once, so that a slow database does not fill memory.
  init(name: String, size: Int, queueMax: Int = 4096, connect: @escaping Connect) {
    self.connect = connect
    self.queueMax = queueMax
    self.size = size
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
      let accepted = queue.withLock { queue in
        guard !queue.isStopping, queue.count < queueMax else { return false }
        queue.work.append { worker in continuation.resume(with: Result { try worker.perform(body) }) }
        return true
      }
      if accepted {
        signal.signal()
      } else {
        continuation.resume(throwing: APIError.unavailable("the issuer has too much to do, or is stopping"))
      }
    }
  }

  /// Lets queued work finish, closes the connections and waits for the threads.
  func stop() async {
    queue.withLock { $0.isStopping = true }
    for _ in 0..<size { signal.signal() }
    await withCheckedContinuation { continuation in ended.notify(queue: .global()) { continuation.resume() } }
  }

  /// One thread's connection.
  private final class Worker {
    private let connect: Connect
    private var connection: PostgresConnection?

    init(connect: @escaping Connect) { self.connect = connect }

    func run(_ pool: LedgerPool) {
      while true {
        // Comes back without work now and then, to look after the connection.
        if connection == nil { connection = try? connect() }
        guard pool.signal.wait(timeout: .now() + .seconds(LedgerPool.idleSeconds)) == .success else {
          if let connection, (try? connection.query("SELECT 1")) == nil { self.connection = nil }
          continue
        }
        let (work, isStopping) = pool.queue.withLock { ($0.next(), $0.isStopping) }
        if let work { work(self) } else if isStopping { return }
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
