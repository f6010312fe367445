import Foundation
import IssuerAPI
import PostgresClient
import Synchronization
import TestSupport

/// Several clients that ask, renew, revoke, approve and sweep at once, and remember what they were told.
final class KillLoad: Sendable {
  /// A request as it was sent, and the first answer to it.
  struct Asked: Sendable {
    var person: Person
    var create: AccessRequestCreate
    var answer: AccessRequest?
  }

  struct Book: Sendable {
    var asked: [Asked] = []
    /// The furthest deadline that a client was told, by lease.
    var deadlines: [String: String] = [:]
    /// Leases that a client began to revoke, whatever came of it.
    var revoked: Set<String> = []
    /// Leases that a client was told are dropped.
    var dropped: Set<String> = []
    /// Answers that no kill explains.
    var surprises: [String] = []
    var completed = 0
  }

  /// Whether a client goes on when nobody answers.
  enum Endurance { case endsWithTheIssuer, goesOn }

  let deployment: Deployment
  private let endurance: Endurance
  private let book = Mutex(Book())
  private let isStopping = Mutex(false)
  private let workers = DispatchGroup()

  private static let people: [Person] = [.dba, .alice, .ci, .dba]

  init(_ deployment: Deployment, endurance: Endurance, generator: SeededGenerator) throws {
    self.deployment = deployment
    self.endurance = endurance
    var generator = generator
    for person in Self.people {
      let client = try deployment.client(person)
      let leads = (try deployment.client(.bob), try deployment.client(.carol))
      let own = SeededGenerator(seed: generator.next())
      workers.enter()
      let thread = Thread { [self] in
        var worker = KillWorker(load: self, person: person, client: client, asker: leads.0, approver: leads.1, generator: own)
        worker.run()
        workers.leave()
      }
      thread.stackSize = 1 << 20
      thread.start()
    }
  }

  var read: Book { book.withLock { $0 } }

  @discardableResult
  func note<Value: Sendable>(_ change: (inout Book) -> Value) -> Value { book.withLock { change(&$0) } }

  var isOver: Bool { isStopping.withLock { $0 } }

  /// Waits until so many operations have had an answer; throws when the clients do not get on.
  func await(completed count: Int) throws {
    try eventually("\(count) operations; answered: \(read.completed); \(read.surprises.prefix(3))", seconds: 60) {
      read.completed >= count
    }
  }

  /// Tells the clients to end, and waits for them.
  func stop() {
    isStopping.withLock { $0 = true }
    workers.wait()
  }

  /// Whether a client goes on after a failure, which it books where no kill explains it.
  func goesOn(after failure: IssuerFailure, doing what: String) -> Bool {
    switch failure.kind {
    case .unreachable, .lost:
      if endurance == .endsWithTheIssuer { return false }
      usleep(20_000)
    case .unavailable:
      usleep(20_000)
    // A lease or request that came to its end meanwhile.
    case .conflict, .notFound: break
    default:
      note { $0.surprises.append("\(what): \(failure.code) \(failure.message)") }
      return false
    }
    return true
  }
}
