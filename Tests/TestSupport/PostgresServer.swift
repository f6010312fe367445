import Foundation
import PostgresClient

/// A throw-away PostgreSQL server for a suite: unprivileged user, free port, temporary directory, SCRAM logins. It is stopped and
/// removed when this object is released or `stop()`ped, and also when the test process exits or crashes, because its keeper
/// (postgres-server.sh) sees its standard input end.
///
///     static let server = try! PostgresServer(settings: ["log_statement = all"])
public final class PostgresServer: Sendable {
  /// The superuser.
  public static let superuser = "postgres"
  public static let host = "127.0.0.1"

  public let major: Int
  public let port: Int
  /// Holds `data`, `server.log`, the Unix socket and, with TLS, `tls/ca.crt`.
  public let directory: String
  /// `psql`, `pgbench` and the server's programs, where this version has them.
  public let binDirectory: String
  public let superuserPassword: String
  private let keeper: Keeper

  /// The version that tests use when they do not say: `ISSUER_TEST_POSTGRES`, else 15.
  public static var defaultMajor: Int { ProcessInfo.processInfo.environment["ISSUER_TEST_POSTGRES"].flatMap { Int($0) } ?? 15 }

  /// The versions among 15 to 18 that can be had here, for `@Test(arguments:)`. `ISSUER_TEST_POSTGRES_ALL=0` keeps to the default.
  public static let majors: [Int] = {
    if ProcessInfo.processInfo.environment["ISSUER_TEST_POSTGRES_ALL"] == "0" { return [defaultMajor] }
    return [15, 16, 17, 18].filter { (try? binaries(major: $0)) != nil }
  }()

  /// - Parameters:
  ///   - settings: lines for postgresql.conf, after ours (`fsync = off` among them; a commit survives `crash()` all the same).
  ///   - hba: lines that come before the default ones, which admit everybody by SCRAM from the loopback and the Unix socket.
  ///   - tls: also speak TLS, with a certificate for `localhost` and 127.0.0.1 by an authority made for it; where pg_hba.conf wants one of
  ///     the client, that is `tls/client.crt`.
  public init(major: Int = PostgresServer.defaultMajor, settings: [String] = [], hba: [String] = [], tls: Bool = false) throws {
    self.major = major
    binDirectory = try Self.binaries(major: major)
    superuserPassword = "super" + UUID().uuidString.replacing("-", with: "")
    directory = "/tmp/issuer-pg-\(UUID().uuidString.prefix(8).lowercased())"
    port = try Self.freePort()
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
    let tlsSettings = [
      "ssl = on", "ssl_cert_file = '\(directory)/tls/server.crt'", "ssl_key_file = '\(directory)/tls/server.key'",
      "ssl_ca_file = '\(directory)/tls/client.crt'",
    ]
    if tls { try FileManager.default.createDirectory(atPath: directory + "/tls", withIntermediateDirectories: false) }
    let ours = [
      "listen_addresses = '\(Self.host)'", "unix_socket_directories = '\(directory)'", "password_encryption = 'scram-sha-256'",
      "fsync = off", "full_page_writes = off", "max_connections = 200",
      "max_prepared_transactions = 8", "log_line_prefix = '%m [%p] %u@%d '",
    ]
    try Self.write(ours + (tls ? tlsSettings : []) + settings, to: "\(directory)/postgresql.add.conf")
    try Self.write(hba, to: "\(directory)/pg_hba.add.conf")
    try Self.write([superuserPassword], to: "\(directory)/password")
    keeper = try Keeper([Self.script("postgres-server.sh"), binDirectory, directory, String(port)])
    try keeper.expectOK("initdb")
    try start()
  }

  private static func write(_ lines: [String], to path: String) throws {
    try (lines.joined(separator: "\n") + "\n").write(toFile: path, atomically: false, encoding: .utf8)
  }

  /// Stops and removes the server for good.
  public func stop() { keeper.release() }

  /// Starts it again after `shutDown` or `crash`, on the same port with the same data.
  public func start() throws { try keeper.command("start") }
  /// A fast shutdown; data and port stay.
  public func shutDown() throws { try keeper.command("stop") }
  /// Stops without a checkpoint, as a power cut would.
  public func crash() throws { try keeper.command("crash") }

  /// The authority's certificate, for `sslrootcert`. Only with `tls: true`.
  public var authorityPath: String { directory + "/tls/ca.crt" }

  /// Where to connect as whom, by TCP.
  public func parameters(user: String = superuser, database: String = "postgres") -> ConnectionParameters {
    ConnectionParameters(
      ["host": Self.host, "port": String(port), "user": user, "dbname": database], connectSecondsMax: 30)
  }

  /// Connects; without a password as the superuser's password has it.
  public func connect(
    user: String = superuser, password: String? = nil, database: String = "postgres", _ keywords: [String: String] = [:]
  ) throws -> PostgresConnection {
    let password = password ?? superuserPassword
    return try PostgresConnection(parameters(user: user, database: database).with(keywords)) { use in
      try use(Array(password.utf8).span)
    }
  }

  /// What the server logged so far.
  public var log: String {
    String(decoding: (try? Data(contentsOf: URL(fileURLWithPath: directory + "/server.log"))) ?? Data(), as: UTF8.self)
  }

  /// The folder of a version's programs; throws when it cannot be had.
  public static func binaries(major: Int) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = [script("postgres-version.sh"), String(major)]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw ServerUnavailable(reason: "no binaries of PostgreSQL \(major)") }
    return text.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  static func script(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(name).path
  }

  /// A TCP port that was free a moment ago. Below the range that the kernel gives to outgoing connections, or one of those could take it
  /// before the server does.
  public static func freePort() throws -> Int {
    for _ in 0..<100 {
      let port = Int.random(in: 15_000..<32_000)
      if isFree(port) { return port }
    }
    throw ServerUnavailable(reason: "no free port in a hundred tries")
  }

  private static func isFree(_ port: Int) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let length = socklen_t(MemoryLayout<sockaddr_in>.size)
    return unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(descriptor, $0, length) == 0 }
    }
  }
}

/// Why no server could be started.
public struct ServerUnavailable: Error, CustomStringConvertible {
  public let reason: String
  public init(reason: String) { self.reason = reason }
  public var description: String { reason }
}
