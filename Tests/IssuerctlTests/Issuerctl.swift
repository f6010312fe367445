import Foundation
import IssuerAPI
import Synchronization
import TestSupport

/// issuerctl as a person runs it, and an issuer that a test scripts.
enum Issuerctl {
  /// The binary beside the test bundle.
  static let path: String = {
    let bundle = CommandLine.arguments.first { $0.contains(".xctest") } ?? CommandLine.arguments[0]
    var directory = URL(fileURLWithPath: bundle).deletingLastPathComponent()
    while !FileManager.default.isExecutableFile(atPath: directory.appendingPathComponent("issuerctl").path), directory.path != "/"
    {
      directory.deleteLastPathComponent()
    }
    return directory.appendingPathComponent("issuerctl").path
  }()

  static func start(_ arguments: [String], socket: String, environment: [String: String] = [:]) throws -> ChildProcess {
    try ChildProcess(path, arguments, environment: ["ISSUER_SOCKET": socket].merging(environment) { $1 })
  }

  static func run(_ arguments: [String], socket: String = "/nonexistent", environment: [String: String] = [:]) throws
    -> ChildProcess.Result
  {
    try start(arguments, socket: socket, environment: environment).wait()
  }
}

/// An issuer that grants, after some polls.
final class ScriptedIssuer: Sendable {
  static let requestID = "aaaaaaaa-2222-4333-8444-555555555555"
  static let leaseID = "bbbbbbbb-2222-4333-8444-555555555555"
  static let password = "p:w\\'d"

  let http: ScriptedHTTPServer

  /// - Parameters:
  ///   - pollsUntilDecided: how often the request is told as pending.
  ///   - decided: what it is then.
  init(pollsUntilDecided: Int = 0, decided: AccessRequest.State = .active, remainingSeconds: Int = 600) throws {
    let polls = Atomic<Int>(0)
    let counter = Counter(polls: polls)
    http = try ScriptedHTTPServer { request in
      let parts = request.split(separator: " ", maxSplits: 2)
      let path = String(parts[1].split(separator: "?")[0])
      let lease = Self.lease(remainingSeconds)
      switch (parts[0], path) {
      case ("POST", "/v1/requests"): return Self.json(Self.request(pollsUntilDecided == 0 ? decided : .requested, lease))
      case ("GET", "/v1/requests/\(Self.requestID)"):
        return Self.json(Self.request(counter.next() >= pollsUntilDecided ? decided : .requested, lease))
      case ("POST", "/v1/requests/\(Self.requestID)/cancel"): return Self.json(Self.request(.cancelled, lease))
      case ("GET", "/v1/requests"): return Self.json(Page(items: [Self.request(.requested, lease)]))
      case ("GET", "/v1/leases"): return Self.json(Page(items: [lease]))
      case ("POST", "/v1/leases/\(Self.leaseID)/renew"), ("POST", "/v1/leases/\(Self.leaseID)/revoke"): return Self.json(lease)
      default: return ScriptedHTTPServer.json(404, #"{"code":"not_found","message":"there is no \#(path)","next":"look again"}"#)
      }
    }
  }

  private final class Counter: Sendable {
    let polls: Atomic<Int>
    init(polls: consuming Atomic<Int>) { self.polls = polls }
    func next() -> Int { polls.add(1, ordering: .relaxed).newValue }
  }

  /// The targets that were asked, such as `POST /v1/requests`.
  var asked: [String] { http.asked.map { $0.split(separator: " ").prefix(2).joined(separator: " ") } }

  func wasAsked(_ target: String) -> Bool { asked.contains(target) }

  private static func lease(_ remainingSeconds: Int) -> Lease {
    Lease(
      id: leaseID, requestID: requestID, state: .active, person: "alice", scope: "read", database: "shop", role: "jit_alice_x",
      delivery: .proxy, issuedAt: "2026-08-03T10:00:00Z", deadline: "2026-08-03T10:10:00Z", remainingSeconds: remainingSeconds,
      ceiling: "2026-08-03T18:00:00Z")
  }

  private static func request(_ state: AccessRequest.State, _ lease: Lease) -> AccessRequest {
    AccessRequest(
      id: requestID, state: state, person: "alice", scope: "read", database: "shop", delivery: .proxy, lifetimeSeconds: 600,
      reason: "why",
      approvalsNeeded: 1, createdAt: "2026-08-03T10:00:00Z", message: "a member of leads may approve\u{1b}[2J",
      lease: state == .active ? lease : nil,
      connection: state == .active
        ? Connection(
          host: "db.example", port: 6432, database: "shop", user: "jit_alice_x", password: password, sslMode: "verify-full",
          rootCertificate: "-----BEGIN CERTIFICATE-----\n") : nil)
  }

  private static func json(_ value: some Encodable) -> ScriptedHTTPServer.Step {
    guard let data = try? JSONEncoder().encode(value) else { return ScriptedHTTPServer.json(500, "{}") }
    return ScriptedHTTPServer.json(200, String(decoding: data, as: UTF8.self))
  }
}
