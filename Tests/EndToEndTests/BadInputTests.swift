import Foundation
import IssuerAPI
import PostgresClient
import TestSupport
import Testing

/// Whatever is sent or written: a clear error, nothing lost, no crash. One seed replays a run.
@Suite(.serialized, .enabled(if: Pagila.folder != nil, "Pagila is in ../shared/data, which a plain clone has not"))
struct BadInputTests {
  let deployment: Deployment

  init() throws { deployment = try Pagila.deployment() }

  /// Both daemons are the processes they were, and do their work.
  private func expectUnharmed(_ body: () throws -> Void) throws {
    let before = (deployment.issuer.processID, deployment.proxy.processID)
    try body()
    #expect(deployment.issuer.isRunning && deployment.proxy.isRunning, "seed \(SeededGenerator.seed)")
    #expect(before == (deployment.issuer.processID, deployment.proxy.processID))
    try deployment.client(.dba).checkReadiness()
    try deployment.awaitProxy()
    let grant = try deployment.grant(.alice, "support-read")
    #expect(try deployment.psql(grant, "SELECT 1").output == "1\n")
    #expect(try deployment.ctl(.alice, ["revoke", grant.lease.id]).status == 0)
  }

  // MARK: The interface

  @Test func `calls that the OpenAPI document does not allow are told what is wrong with them`() throws {
    let fuzzer = try OpenAPIFuzzer(path: Binaries.packageRoot.appendingPathComponent("docs/openapi.yaml").path)
    #expect(fuzzer.operations.count >= 30)
    var random = SeededGenerator(seed: SeededGenerator.seed)
    // What an operator's well-formed call really does, and takes its time for, is tried a few times only.
    let dear = ["/v1/rotate/admin", "/v1/sweep", "/v1/policy/reload"]
    let callers = [try deployment.client(.dba), try deployment.client(.alice)]
    try expectUnharmed {
      for round in 0..<(12 * SeededGenerator.soakFactor) {
        for operation in fuzzer.operations where round < 3 || !dear.contains(operation.path) {
          let call = fuzzer.call(operation, using: &random)
          let sent = "\(call.method) \(call.target) \(String(decoding: (call.body ?? []).prefix(200), as: UTF8.self))"
          let answer: HTTPClient.Answer
          do {
            answer = try callers[round % 2].http.send(call.method, call.target, body: call.body, timeoutSeconds: 120)
          } catch {
            Issue.record(error, "\(sent)")
            continue
          }
          let about: Comment = "\(sent) -> \(answer.status) \(String(decoding: answer.body.prefix(300), as: UTF8.self))"
          #expect((200...204).contains(answer.status) || (400...499).contains(answer.status), about)
          if answer.status >= 400 { Self.expectError(answer.body, about) }
          if operation.path.hasPrefix("/v1/proxy/") { #expect(answer.status >= 400, about) }
        }
      }
    }
  }

  @Test(.enabled(if: Deployment.daemonUIDs != nil, "only root can call as the proxy's user"))
  func `calls of a proxy that the OpenAPI document does not allow are told what is wrong with them`() throws {
    let fuzzer = try OpenAPIFuzzer(path: Binaries.packageRoot.appendingPathComponent("docs/openapi.yaml").path)
    let operations = fuzzer.operations.filter { $0.path.hasPrefix("/v1/proxy/") }
    #expect(operations.contains { $0.path == "/v1/proxy/events" } && operations.count >= 5)
    var random = SeededGenerator(seed: SeededGenerator.seed)
    let proxy = try #require(Deployment.daemonUIDs?.proxy)
    func send(_ call: OpenAPIFuzzer.Call, as user: UInt32) throws -> (status: Int, body: String, wasCut: Bool) {
      // A stream of events that was granted would go on for ever.
      let run = try ChildProcess.run(
        "setpriv",
        [
          "--reuid=\(user)", "--regid=\(user)", "--clear-groups", "curl", "-s", "-m", "2", "--path-as-is", "--globoff",
          "--unix-socket", deployment.directory + "/run/proxy.sock", "-w", "\n%{http_code}", "-X", call.method,
          "-H", "Content-Type: application/json", "--data-binary", "@-", "http://issuer\(call.target)",
        ], input: String(decoding: call.body ?? [], as: UTF8.self))
      let lines = run.output.split(separator: "\n", omittingEmptySubsequences: false)
      return (Int(lines.last ?? "") ?? 0, lines.dropLast().joined(separator: "\n"), run.status == 28)
    }
    try expectUnharmed {
      for _ in 0..<(10 * SeededGenerator.soakFactor) {
        for operation in operations {
          let call = fuzzer.call(operation, using: &random)
          let answer = try send(call, as: proxy)
          let about: Comment = "\(call.method) \(call.target) -> \(answer.status) \(answer.body.prefix(300))"
          #expect((200...204).contains(answer.status) || (400...499).contains(answer.status), about)
          #expect(!answer.wasCut || operation.path == "/v1/proxy/events" && answer.status == 200, about)
          if answer.status >= 400 { Self.expectError(Array(answer.body.utf8), about) }
          // Whoever is not the proxy gets nothing, however well they ask.
          #expect(try send(call, as: proxy + 1).status == 403 || call.target.utf8.count > 1000, about)
        }
      }
    }
  }

  private static func expectError(_ body: [UInt8], _ about: Comment) {
    let error = try? JSONDecoder().decode(APIError.self, from: Data(body))
    #expect(error?.code.isEmpty == false && error?.message.isEmpty == false && error?.next.isEmpty == false, about)
    #expect(!String(decoding: body, as: UTF8.self).contains("\u{1b}"), about)
  }

  @Test func `unknown paths, methods and content types, and bodies too large, are told so`() throws {
    let socket = deployment.peopleSocket
    func curl(_ arguments: [String], _ input: String = "") throws -> (status: Int, body: String) {
      let run = try ChildProcess.run(
        "curl", ["-s", "-m", "20", "--unix-socket", socket, "-w", "\n%{http_code}"] + arguments, input: input)
      let lines = run.output.split(separator: "\n", omittingEmptySubsequences: false)
      return (Int(lines.last ?? "") ?? 0, lines.dropLast().joined(separator: "\n"))
    }
    let good = #"{"scope":"support-read","reason":"x","breakGlass":false,"idempotencyKey":"k"}"#
    let huge = #"{"scope":""# + String(repeating: "x", count: 3_000_000) + "\"}"
    try expectUnharmed {
      for (arguments, input, statuses) in [
        (["http://issuer/nowhere"], "", [404]), (["http://issuer/v1/../../etc/passwd", "--path-as-is"], "", [400, 404]),
        (["http://issuer/v1/requests", "-X", "PATCH"], "", [404, 405]),
        (["http://issuer/v1/whoami", "-X", "DELETE"], "", [404, 405]),
        (["http://issuer/v1/requests", "-H", "Content-Type: text/plain", "--data-binary", "@-"], good, [400, 415, 404, 403]),
        (["http://issuer/v1/requests", "-H", "Content-Type: application/json", "--data-binary", "@-"], huge, [413]),
        (["http://issuer/v1/requests", "-H", "Content-Type: application/json", "--data-binary", "@-"], "", [400]),
        (["http://issuer/v1/requests", "-H", "Content-Type: application/json", "--data-binary", "@-"], good + good, [400]),
        (["http://issuer/v1/whoami", "-H", "Authorization: Bearer iss_nonsense"], "", [200, 400, 401]),
        (["http://issuer/v1/leases?all=maybe"], "", [400]), (["http://issuer/v1/leases?state=nope"], "", [400]),
        (["http://issuer/v1/leases?nope=1"], "", [400]),
        (["http://issuer/v1/proxy/logins", "-X", "POST", "-d", "{}"], "", [404, 403]),
      ] as [([String], String, [Int])] {
        let answer = try curl(arguments, input)
        #expect(statuses.contains(answer.status), "\(arguments): \(answer.status) \(answer.body.prefix(300))")
        if answer.status >= 400 {
          Self.expectError(Array(answer.body.utf8), "\(arguments): \(answer.status) \(answer.body.prefix(300))")
        }
      }
      for token in ["", "iss_", "iss_" + String(repeating: "A", count: 43), "x", String(repeating: "y", count: 6000)] {
        let run = try ChildProcess.run(
          "curl",
          [
            "-s", "-m", "20", "--cacert", deployment.authority, "-w", "\n%{http_code}", "-H", "Authorization: Bearer \(token)",
            "https://localhost:\(deployment.apiPort)/v1/whoami",
          ])
        let status = Int(run.output.split(separator: "\n").last ?? "") ?? 0
        #expect([400, 401, 429, 431].contains(status), "\(token.prefix(10)): \(run.output)")
      }
    }
  }

  @Test func `garbage at every port ends in a closed connection`() throws {
    try expectUnharmed {
      for (place, dialect) in [
        ("localhost:\(deployment.proxyPort)", "postgres"), ("localhost:\(deployment.apiPort)", "tls"),
        (deployment.peopleSocket, "http"), ("localhost:\(deployment.metricsPort)", "http"),
      ] {
        let run = try deployment.python(
          "garbage.py", [place, dialect, String(SeededGenerator.seed), String(150 * SeededGenerator.soakFactor)], seconds: 240)
        #expect(run.status == 0, "\(place): \(run.output)\(run.errors)")
      }
    }
  }

  @Test func `a logged-in client that sends nonsense harms only itself`() throws {
    let grant = try deployment.grant(.alice, "support-read")
    try expectUnharmed {
      let run = try deployment.python(
        "frames.py", [String(SeededGenerator.seed), String(120 * SeededGenerator.soakFactor)], grant: grant, seconds: 240)
      #expect(run.status == 0, "\(run.output)\(run.errors)")
      try eventually("the backends to go") { try deployment.backends(of: grant.lease.role) == 0 }
    }
  }

  // MARK: Files

  @Test func `a mangled policy loads or is refused line by line, and never by a crash`() throws {
    var random = SeededGenerator(seed: SeededGenerator.seed)
    let directory = deployment.directory + "/people/mangled"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    var refused = 0
    for round in 0..<(60 * SeededGenerator.soakFactor) {
      let text = Self.mangled(Pagila.policy, round, using: &random)
      try Data(text).write(to: URL(fileURLWithPath: directory + "/policy.yaml"))
      let checked = try deployment.ctl(.dba, ["policy", "check", "--directory", directory])
      #expect(
        [0, 1].contains(checked.status),
        "seed \(SeededGenerator.seed) round \(round): \(checked.status) \(checked.errors.suffix(500))")
      if checked.status == 1 {
        refused += 1
        let told = checked.errors + checked.output
        #expect(told.contains("policy.yaml"), "round \(round): \(told)")
        #expect(!told.contains("\u{1b}"), "round \(round)")
      }
    }
    #expect(refused > 20)
  }

  @Test(arguments: ["issuerd", "issuer-proxy"])
  func `a mangled configuration is refused with its place, and never by a crash`(daemon: String) throws {
    var random = SeededGenerator(seed: SeededGenerator.seed)
    let name = daemon == "issuerd" ? "issuerd.yaml" : "proxy.yaml"
    let whole = try String(contentsOfFile: "\(deployment.directory)/issuer/\(name)", encoding: .utf8)
    let path = "\(deployment.directory)/people/mangled-\(name)"
    for round in 0..<(40 * SeededGenerator.soakFactor) {
      try Data(Self.mangled(whole, round, using: &random)).write(to: URL(fileURLWithPath: path))
      let checked = try ChildProcess.run(Binaries.path(daemon), ["check-config", "--config", path])
      #expect(
        [0, 1].contains(checked.status),
        "seed \(SeededGenerator.seed) round \(round): \(checked.status) \(checked.errors.suffix(500))")
      if checked.status == 1 { #expect(!checked.errors.isEmpty, "round \(round)") }
    }
  }

  /// Bytes, words or lines of a text changed.
  private static func mangled(_ text: String, _ round: Int, using random: inout SeededGenerator) -> [UInt8] {
    if round % 3 == 0 { return OpenAPIFuzzer.mangled(Array(text.utf8), using: &random) }
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    for _ in 0...Int.random(in: 0..<3, using: &random) {
      let (one, other) = (Int.random(in: 0..<lines.count, using: &random), Int.random(in: 0..<lines.count, using: &random))
      switch Int.random(in: 0..<5, using: &random) {
      case 0: lines.remove(at: one)
      case 1: lines.swapAt(one, other)
      case 2: lines.insert(lines[one], at: other)
      case 3: lines[one] = lines[one].replacing(":", with: ": &a [*a,", maxReplacements: 1)
      default:
        let odd = ["-1", "null", "[]", "{}", "!!binary x", "99999999999999999999", "'", "\"\u{0}\"", "*x", "a: b: c", "\t"]
        lines[one] = String(lines[one].prefix { $0 != ":" }) + ": " + (odd.randomElement(using: &random) ?? "")
      }
      if lines.isEmpty { lines = [""] }
    }
    return Array(lines.joined(separator: "\n").utf8)
  }
}
