import Foundation
import IssuerAPI

// Load for the scripts beside this folder; prints figures as one JSON line.
//
//   issuer-load issue  SOCKET SCOPE COUNT CALLERS      asks for leases: the whole API call
//   issuer-load health SOCKET COUNT CALLERS            GET /healthz: what the way there and back costs, with nothing at its end
//   issuer-load revoke SOCKET SCOPE SESSIONS CALLERS   ends leases with live sessions, among as many that stay
//   issuer-load sweep  SOCKET                          one sweep; its report
//   issuer-load hold   COUNT HOST PORT DATABASE USER   keeps connections open until standard input ends

func number(_ text: String, _ name: String) -> Int {
  guard let value = Int(text), value > 0 else { fail("\(name) is a number above 0") }
  return value
}

func show(_ value: some Encodable) throws { print(String(decoding: try JSONEncoder().encode(value), as: UTF8.self)) }

let arguments = Array(CommandLine.arguments.dropFirst())
do {
  switch (arguments.first, arguments.count) {
  case ("issue", 5):
    let callers = number(arguments[4], "CALLERS")
    let clients = (0..<callers).map { _ in IssuerClient(.unixSocket(arguments[1])) }
    // Connections are there before the clock starts, as those of pgbench are.
    for client in clients { _ = try client.whoAmI() }
    try show(
      timed(count: number(arguments[3], "COUNT"), callers: callers) { [scope = arguments[2]] caller, _ in
        _ = try clients[caller].ask(scope)
      })
  case ("health", 4):
    let callers = number(arguments[3], "CALLERS")
    let clients = (0..<callers).map { _ in IssuerClient(.unixSocket(arguments[1])) }
    for client in clients { try client.checkHealth() }
    try show(
      timed(count: number(arguments[2], "COUNT"), callers: callers) { caller, _ in try clients[caller].checkHealth() })
  case ("revoke", 5):
    try show(
      revoke(
        arguments[1], arguments[2], sessions: number(arguments[3], "SESSIONS"), callers: number(arguments[4], "CALLERS")))
  case ("sweep", 2): try show(IssuerClient(.unixSocket(arguments[1])).sweep())
  case ("hold", 6):
    try hold(
      number(arguments[1], "COUNT"), host: arguments[2], port: arguments[3], database: arguments[4], user: arguments[5])
  default: fail("usage: issuer-load issue|health|revoke|sweep|hold ... (main.swift describes them)")
  }
} catch {
  fail("\(error)")
}
