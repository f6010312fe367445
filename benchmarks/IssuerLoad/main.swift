import Foundation
import IssuerAPI
import PostgresClient
import Synchronization

// Drives a running issuer for the scripts beside this folder and prints one JSON line of figures.
//
//   issuer-load issue  SOCKET SCOPE COUNT CALLERS
//   issuer-load revoke SOCKET SCOPE SESSIONS DATABASE-CONNINFO-FILE
//
// `issue` asks for COUNT leases from CALLERS threads, each waiting for its answer before it asks again. `revoke` opens SESSIONS
// leases with one live session each, then revokes them one by one, and measures from the call until pg_stat_activity, asked all the
// time by a superuser, no longer holds the backend.

struct Figures: Encodable {
  var count: Int
  var callers: Int
  var seconds: Double
  var perSecond: Double
  var p50Milliseconds: Double
  var p99Milliseconds: Double

  init(milliseconds: [Double], callers: Int, seconds: Double) {
    let sorted = milliseconds.sorted()
    func quantile(_ q: Double) -> Double { sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(Double(sorted.count) * q))] }
    count = sorted.count
    self.callers = callers
    self.seconds = seconds
    perSecond = Double(sorted.count) / seconds
    p50Milliseconds = quantile(0.5)
    p99Milliseconds = quantile(0.99)
  }
}

func now() -> Double { Double(DispatchTime.now().uptimeNanoseconds) / 1e6 }

func fail(_ text: String) -> Never {
  FileHandle.standardError.write(Data("issuer-load: \(text)\n".utf8))
  exit(1)
}

func ask(_ client: IssuerClient, _ scope: String) throws -> AccessRequest {
  try client.createRequest(
    AccessRequestCreate(scope: scope, lifetimeSeconds: 3600, reason: "benchmark", idempotencyKey: UUID().uuidString))
}

func issue(_ socket: String, _ scope: String, count: Int, callers: Int) throws -> Figures {
  let times = Mutex<[Double]>([])
  let left = Atomic<Int>(count)
  let start = now()
  DispatchQueue.concurrentPerform(iterations: callers) { _ in
    let client = IssuerClient(.unixSocket(socket))
    var mine: [Double] = []
    while left.wrappingSubtract(1, ordering: .relaxed).newValue >= 0 {
      let began = now()
      do { _ = try ask(client, scope) } catch { fail("\(error)") }
      mine.append(now() - began)
    }
    times.withLock { $0 += mine }
  }
  return Figures(milliseconds: times.withLock { $0 }, callers: callers, seconds: (now() - start) / 1000)
}

func revoke(_ socket: String, _ scope: String, sessions: Int, conninfoFile: String) throws -> Figures {
  let client = IssuerClient(.unixSocket(socket))
  var keywords: [String: String] = [:]
  for line in try String(contentsOfFile: conninfoFile, encoding: .utf8).split(separator: "\n") {
    let parts = line.split(separator: "=", maxSplits: 1)
    if parts.count == 2 { keywords[String(parts[0])] = String(parts[1]) }
  }
  let password = keywords.removeValue(forKey: "password") ?? ""
  let observer = try PostgresConnection(ConnectionParameters(keywords)) { use in try use(Array(password.utf8).span) }
  var open: [(lease: Lease, session: PostgresConnection)] = []
  for _ in 0..<sessions {
    let request = try ask(client, scope)
    guard let lease = request.lease, let way = request.connection else { fail("the scope needs an approval") }
    let parameters = ConnectionParameters([
      "host": way.host, "port": String(way.port), "dbname": way.database, "user": way.user, "sslmode": way.sslMode,
    ])
    open.append((lease, try PostgresConnection(parameters) { use in try use(Array(way.password.utf8).span) }))
  }
  var times: [Double] = []
  let start = now()
  for (lease, session) in open {
    _ = session
    let began = now()
    _ = try client.revoke(lease.id, reason: "benchmark")
    while try observer.query(
      "SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE usename = $1 OR (usename IS NULL AND usesysid IS NOT NULL)",
      [lease.role]
    ).single()[0] != "0" {}
    times.append(now() - began)
  }
  return Figures(milliseconds: times, callers: 1, seconds: (now() - start) / 1000)
}

let arguments = CommandLine.arguments
do {
  let figures: Figures
  switch arguments.dropFirst().first {
  case "issue" where arguments.count == 6:
    guard let count = Int(arguments[4]), let callers = Int(arguments[5]) else { fail("COUNT and CALLERS are numbers") }
    figures = try issue(arguments[2], arguments[3], count: count, callers: callers)
  case "revoke" where arguments.count == 6:
    guard let sessions = Int(arguments[4]) else { fail("SESSIONS is a number") }
    figures = try revoke(arguments[2], arguments[3], sessions: sessions, conninfoFile: arguments[5])
  default:
    fail("usage: issuer-load issue SOCKET SCOPE COUNT CALLERS | revoke SOCKET SCOPE SESSIONS CONNINFO-FILE")
  }
  print(String(decoding: try JSONEncoder().encode(figures), as: UTF8.self))
} catch {
  fail("\(error)")
}
