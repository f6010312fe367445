import Foundation
import IssuerAPI
import PostgresClient

/// One of the clients of a `KillLoad`.
struct KillWorker {
  let load: KillLoad
  let person: Person
  let client: IssuerClient
  /// Asks for what must be approved, and who approves it.
  let asker: IssuerClient
  let approver: IssuerClient
  var generator: SeededGenerator
  private var mine: [AccessRequest] = []

  init(
    load: KillLoad, person: Person, client: IssuerClient, asker: IssuerClient, approver: IssuerClient, generator: SeededGenerator
  ) {
    (self.load, self.person, self.client, self.asker, self.approver) = (load, person, client, asker, approver)
    self.generator = generator
  }

  mutating func run() {
    var goesOn = true
    while goesOn, !load.isOver {
      let operation = Operation.random(using: &generator, person)
      do throws(IssuerFailure) {
        try perform(operation)
        load.note { $0.completed += 1 }
      } catch {
        goesOn = load.goesOn(after: error, doing: "\(person) \(operation)")
      }
    }
  }

  private enum Operation {
    case ask, askAgain, approve, renew, revoke, sweep

    static func random(using generator: inout SeededGenerator, _ person: Person) -> Operation {
      switch Int.random(in: 0..<100, using: &generator) {
      case 0..<45: .ask
      case 45..<55: .askAgain
      case 55..<62: .approve
      case 62..<75: .renew
      case 75..<95: .revoke
      default: person == .dba ? .sweep : .ask
      }
    }
  }

  private mutating func perform(_ operation: Operation) throws(IssuerFailure) {
    switch operation {
    case .ask: try ask()
    case .askAgain: try askAgain()
    case .approve: try approve()
    case .renew: try renew()
    case .revoke: try revoke()
    case .sweep: _ = try client.sweep()
    }
  }

  private mutating func create() -> AccessRequestCreate {
    let scope = person == .ci ? (generator.chance(30) ? "make" : "ci-read") : (generator.chance(80) ? "read" : "note")
    return AccessRequestCreate(
      scope: scope, lifetimeSeconds: generator.chance(60) ? Int.random(in: 1...2, using: &generator) : 600, reason: "kill",
      idempotencyKey: UUID().uuidString)
  }

  private mutating func ask() throws(IssuerFailure) {
    let create = create()
    let (load, person) = (load, person)
    let index = load.note { book in
      book.asked.append(.init(person: person, create: create))
      return book.asked.count - 1
    }
    let answer = try client.createRequest(create)
    mine.append(answer)
    load.note { book in
      book.asked[index].answer = answer
      if let lease = answer.lease { book.deadlines[lease.id] = lease.deadline }
    }
    if create.scope == "make", let connection = answer.connection { leaveSomething(connection) }
  }

  /// A table that has to be cleaned away before its role can be dropped. The lease may end under it, and the server stop.
  private func leaveSomething(_ connection: Connection) {
    let parameters = ConnectionParameters(
      [
        "host": connection.host, "port": String(connection.port), "dbname": connection.database, "user": connection.user,
        "sslmode": connection.sslMode, "sslrootcert": load.deployment.authority,
      ], connectSecondsMax: 10)
    let session = try? PostgresConnection(parameters) { use in try use(Array(connection.password.utf8).span) }
    _ = try? session?.query("CREATE TABLE public.left_behind_\(UUID().uuidString.prefix(8).lowercased()) (id int)")
  }

  private mutating func askAgain() throws(IssuerFailure) {
    let person = person
    let known = load.read.asked.filter { $0.person == person && $0.answer != nil }
    guard let before = known.randomElement(using: &generator), let first = before.answer else { return }
    let again = try client.createRequest(before.create)
    guard again.id != first.id || again.lease?.id != first.lease?.id || again.lease?.role != first.lease?.role else { return }
    let told = [first, again].map { "\($0.id) \($0.lease?.role ?? "-")" }
    load.note { $0.surprises.append("\(told[0]) asked again was \(told[1])") }
  }

  private mutating func approve() throws(IssuerFailure) {
    let create = AccessRequestCreate(scope: "read", lifetimeSeconds: 2, reason: "kill", idempotencyKey: UUID().uuidString)
    let index = load.note { book in
      book.asked.append(.init(person: .bob, create: create))
      return book.asked.count - 1
    }
    let answer = try asker.createRequest(create)
    load.note { $0.asked[index].answer = answer }
    let approved = try approver.approve(answer.id)
    guard let lease = approved.lease else {
      load.note { $0.surprises.append("approved, but \(approved.state): \(approved.message)") }
      return
    }
    load.note { book in
      book.asked[index].answer = approved
      book.deadlines[lease.id] = lease.deadline
    }
  }

  private mutating func renew() throws(IssuerFailure) {
    guard let lease = mine.randomElement(using: &generator)?.lease else { return }
    let renewed = try client.renew(lease.id)
    load.note { book in book.deadlines[lease.id] = max(book.deadlines[lease.id] ?? "", renewed.deadline) }
  }

  private mutating func revoke() throws(IssuerFailure) {
    guard let index = mine.indices.randomElement(using: &generator), let lease = mine[index].lease else { return }
    load.note { _ = $0.revoked.insert(lease.id) }
    let ended = try client.revoke(lease.id, reason: "kill")
    mine.remove(at: index)
    if ended.state == .dropped { load.note { _ = $0.dropped.insert(lease.id) } }
  }
}
