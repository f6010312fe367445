import Foundation
import IssuerAPI
import Logging
import Policy
import PostgresClient
import Sodium
import Synchronization
import TestSupport
import Vault

@testable import Issuer

/// A bootstrapped cluster with a small shop, and a daemon of ours on it, for one suite.
final class IssuerFixture: Sendable {
  let server: PostgresServer
  let directory: String
  let configurationFile: String
  private let process = Mutex<ChildProcess?>(nil)
  private let watcher = Mutex<ChildProcess?>(nil)

  /// The Unix user that the tests run as, by whom the people's socket knows them.
  static let user = UnixUser.name(uid: getuid()) ?? "root"

  static let policy = """
    version: 1
    cluster: main
    identities:
      \(user): {login: unix, groups: [dba]}
      lead: {login: token, groups: [leads]}
      second: {login: token, groups: [leads]}
      ci: {login: token, groups: [ci]}
    operators: {groups: [dba]}
    databases:
      shop:
        masks:
          "*.*.email": email
    scopes:
      shop-read:
        database: shop
        privileges:
          - {tables: ["public.*"], grant: [select]}
      shop-make:
        database: shop
        unmasked: true
        privileges:
          - {schemas: [public], grant: [usage, create]}
      shop-direct:
        database: shop
        delivery: [direct]
        privileges:
          - {tables: ["public.*"], grant: [select]}
    access:
      - name: read
        who: {groups: [dba, ci]}
        scopes: [shop-read, shop-make, shop-direct]
        lifetime: {default: 5m, max: 8h}
        reason: required
    """

  /// - Parameter policy: instead of the ordinary one.
  init(policy: String = IssuerFixture.policy, settings: [String] = [], lines: String = "") async throws {
    server = try PostgresServer(settings: settings)
    directory = "/tmp/issuer-test-\(UUID().uuidString.prefix(8).lowercased())"
    let admin = try server.connect()
    try admin.execute(script: "CREATE ROLE shop_owner NOLOGIN")
    try admin.execute(script: "CREATE DATABASE shop OWNER shop_owner")
    try server.connect(database: "shop").execute(
      script: """
        REVOKE TEMP ON DATABASE shop FROM PUBLIC;
        ALTER SCHEMA public OWNER TO shop_owner;
        SET ROLE shop_owner;
        CREATE TABLE public.customers (id int PRIMARY KEY, email text, city text);
        INSERT INTO public.customers VALUES (1, 'ada@example.com', 'Berlin');
        """)
    _ = try Bootstrap.run(Self.options(server, directory)) { _ in }
    try policy.write(toFile: directory + "/policy.yaml", atomically: true, encoding: .utf8)
    configurationFile = directory + "/issuerd.yaml"
    let text = try String(contentsOfFile: configurationFile, encoding: .utf8).replacing(
      "sweepIntervalSeconds: 30", with: "sweepIntervalSeconds: 2")
    try (text + lines).write(toFile: configurationFile, atomically: true, encoding: .utf8)
    // A process of its own, as in life: the tests' calls block threads that a daemon in here would need.
    try startAgain()
    try await until("the daemon is ready:\n\(daemon.errors)") { (try? self.client.whoAmI()) != nil }
  }

  var daemon: ChildProcess {
    guard let process = process.withLock({ $0 }) else { preconditionFailure("the daemon was started by init") }
    return process
  }

  /// Starts the daemon, for the first time or after it ended.
  func startAgain() throws {
    let started = try ChildProcess(Self.executable, ["--config", configurationFile, "--log-level", "debug"])
    let watcher = try ChildProcess("/bin/bash", ["-c", Self.watch, String(getpid()), String(started.processID)])
    self.watcher.withLock { $0 = watcher }
    process.withLock { $0 = started }
  }

  /// Ends the daemon when the tests' process is gone, however it went: nothing else would.
  private static let watch = "while kill -0 $0 2> /dev/null; do sleep 0.5; done; kill -KILL $1"

  /// issuerd beside this test bundle.
  static var executable: String {
    let bundle = CommandLine.arguments.first { $0.contains(".xctest") } ?? CommandLine.arguments[0]
    var place = URL(fileURLWithPath: bundle)
    while place.path.contains(".xctest") { place.deleteLastPathComponent() }
    return place.appendingPathComponent("issuerd").path
  }

  static func options(_ server: PostgresServer, _ directory: String) throws -> BootstrapOptions {
    BootstrapOptions(
      cluster: "main", admin: server.parameters(), adminPassword: try SecretBytes(utf8: server.superuserPassword),
      databases: ["shop"], owners: ["shop_owner"], directory: directory, stateDirectory: directory + "/state",
      logDirectory: directory, runDirectory: directory, proxyUsers: [user], operatorUser: user)
  }

  deinit {
    let daemon = process.withLock { $0 }
    daemon?.signal(SIGTERM)
    _ = try? daemon?.wait(seconds: 30)
    try? FileManager.default.removeItem(atPath: directory)
  }

  var client: IssuerClient { IssuerClient(.unixSocket(directory + "/issuer.sock")) }
  var proxy: IssuerClient { IssuerClient(.unixSocket(directory + "/proxy.sock")) }

  func ask(_ scope: String, seconds: Int? = nil, key: String = UUID().uuidString) throws -> AccessRequest {
    try client.createRequest(
      AccessRequestCreate(scope: scope, lifetimeSeconds: seconds, reason: "test", idempotencyKey: key))
  }

  func roleExists(_ role: String) throws -> Bool {
    try !server.connect().query("SELECT 1 FROM pg_roles WHERE rolname = $1", [role]).rows.isEmpty
  }
}

struct TimedOut: Error, CustomStringConvertible {
  var description: String
}

/// Waits until something holds; fails when it does not in time.
func until(_ what: @autoclosure () -> String, seconds: Int = 30, _ condition: () async throws -> Bool) async throws {
  let deadline = ContinuousClock.now + .seconds(seconds)
  while try await !condition() {
    guard ContinuousClock.now < deadline else { throw TimedOut(description: "waited \(seconds) s until \(what())") }
    try await Task.sleep(for: .milliseconds(20))
  }
}
