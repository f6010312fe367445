import Foundation
import IssuerAPI
import Logging
import PostgresClient
import Synchronization

/// The connection that LISTENs, on a thread of its own. Passes every event on; when the connection was lost it says so, because events
/// may have been missed, and connects again.
final class LedgerListener: Sendable {
  enum Message: Sendable {
    case event(LedgerEvent)
    /// Connected, for the first time or again: what was known before may be stale.
    case listening
  }

  private let connect: LedgerPool.Connect
  private let logger: Logger
  private let isStopping = Mutex(false)
  private let handler: @Sendable (Message) -> Void

  init(connect: @escaping LedgerPool.Connect, logger: Logger, handler: @escaping @Sendable (Message) -> Void) {
    self.connect = connect
    self.logger = logger
    self.handler = handler
  }

  func start() {
    let thread = Thread { [self] in run() }
    thread.name = "ledger-listen"
    thread.stackSize = 1 << 20
    thread.start()
  }

  /// The thread notices within a second.
  func stop() { isStopping.withLock { $0 = true } }

  private func run() {
    var pauseSeconds = 0.1
    while !isStopping.withLock({ $0 }) {
      do {
        let connection = try connect()
        try connection.query("LISTEN issuer")
        pauseSeconds = 0.1
        handler(.listening)
        try listen(connection)
      } catch {
        logger.warning("the ledger's events are not heard", metadata: ["error": "\(error)", "retryInSeconds": "\(pauseSeconds)"])
        Thread.sleep(forTimeInterval: pauseSeconds)
        pauseSeconds = min(5, pauseSeconds * 2)
      }
    }
  }

  private func listen(_ connection: PostgresConnection) throws {
    while !isStopping.withLock({ $0 }) {
      for notification in try connection.notifications(waitMilliseconds: 1000) {
        do {
          handler(.event(try JSONDecoder().decode(LedgerEvent.self, from: Data(notification.payload.utf8))))
        } catch {
          // Only roles that may connect to the ledger can send one, but a newer issuer may know kinds that this one does not.
          logger.warning("an event of the ledger is not understood", metadata: ["bytes": "\(notification.payload.utf8.count)"])
        }
      }
    }
  }
}
