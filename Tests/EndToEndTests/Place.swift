import Foundation
import TestSupport

/// The files of a deployment, as `issuerctl init` writes them and operators change them.
struct Place {
  let directory: String
  let proxyPort: Int
  let apiPort: Int
  let metricsPort: Int
  let server: PostgresServer
  let blueprint: Blueprint

  /// What `init --format json` says.
  struct Initialised: Decodable {
    struct Step: Decodable {
      var outcome: String
      var subject: String
      var message: String
    }
    var steps: [Step]
    var adminRole: String?
    var hbaLines: [String]
    var files: [String]
  }

  /// As root a copy, in a place that the daemons' users can reach.
  func binary(_ name: String) -> String { Deployment.daemonUIDs == nil ? Binaries.path(name) : "\(directory)/bin/\(name)" }

  func makeDirectories() throws {
    let files = FileManager.default
    for name in ["", "run", "people", "tls"] + Person.allCases.map({ "people/\($0.rawValue)" }) {
      try files.createDirectory(atPath: "\(directory)/\(name)", withIntermediateDirectories: false)
    }
    if Deployment.daemonUIDs != nil {
      try files.createDirectory(atPath: directory + "/bin", withIntermediateDirectories: false)
      for name in ["issuerd", "issuer-proxy"] { try files.copyItem(atPath: Binaries.path(name), toPath: binary(name)) }
      try files.createDirectory(atPath: directory + "/share/issuer", withIntermediateDirectories: true)
      try files.copyItem(
        atPath: Binaries.packageRoot.appendingPathComponent("sql").path, toPath: directory + "/share/issuer/sql")
    }
    for name in ["api", "proxy"] {
      try files.copyItem(atPath: server.directory + "/tls/server.key", toPath: "\(directory)/tls/\(name).key")
      try files.copyItem(atPath: server.directory + "/tls/server.crt", toPath: "\(directory)/tls/\(name).crt")
    }
    for name in ["client.crt", "client.key"] {
      try files.copyItem(atPath: "\(server.directory)/tls/\(name)", toPath: "\(directory)/tls/\(name)")
    }
  }

  var initArguments: [String] {
    let url =
      "postgres://\(blueprint.admin)@localhost:\(server.port)/postgres?sslmode=verify-full&sslrootcert=\(server.authorityPath)"
    return [
      "init", "--cluster", "main", "--admin-url", url, "--password-fd", "0", "--directory", directory + "/issuer",
      "--state-directory", directory + "/state", "--log-directory", directory + "/log", "--run-directory", directory + "/run",
      "--proxy-port", String(proxyPort), "--proxy-user", Deployment.daemonUIDs.map { String($0.proxy) } ?? NSUserName(),
      "--operator", NSUserName(), "--format", "json", "--owner", blueprint.owner,
    ] + blueprint.databases.flatMap { ["--database", $0] }
  }

  /// - Parameter more: further arguments.
  func initialise(_ more: [String] = []) throws -> Initialised {
    let result = try ChildProcess.run(
      Binaries.path("issuerctl"), initArguments + more, input: server.superuserPassword + "\n", seconds: 120)
    guard result.status == 0 else { throw ServerUnavailable(reason: "init: \(result.status) \(result.errors)\n\(result.output)") }
    return try JSONDecoder().decode(Initialised.self, from: Data(result.output.utf8))
  }

  /// Puts the lines of pg_hba.conf where init says. Everything is on one host here, so the proxy is told from others by its certificate.
  func admit(_ lines: [String]) throws {
    let path = server.directory + "/data/pg_hba.conf"
    let byCertificate = lines.compactMap { $0.contains("clientcert=verify-ca") ? $0.drop { "# ".contains($0) } : nil }
    let lines = lines.map { $0.contains("+iss_via_proxy") && $0.contains("127.0.0.1/32") ? byCertificate.joined() : $0 }
    let before = try String(contentsOfFile: path, encoding: .utf8)
    // In place, so that the file stays the server's own.
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try file.truncate(atOffset: 0)
    try file.write(contentsOf: Data((lines.joined(separator: "\n") + "\n" + before).utf8))
    try file.close()
    try Blueprint.psql(server, "postgres", ["-c", "SELECT pg_reload_conf()"])
  }

  func writeConfiguration(policy: String) throws {
    let authority = server.authorityPath
    try edit("issuerd.yaml") { line in
      if line.hasPrefix("# tls:") {
        return "tls: {host: 127.0.0.1, port: \(apiPort), certificate: \(directory)/tls/api.crt, key: \(directory)/tls/api.key}"
      }
      if line.hasPrefix("proxyAddress: {") || line.hasPrefix("directAddress: {") {
        return line.replacing("}", with: ", rootCertificate: \(authority)}")
      }
      return line.hasPrefix("sweepIntervalSeconds:") ? "sweepIntervalSeconds: 2" : line
    }
    try edit("proxy.yaml") { line in
      switch line {
      case "backend:":
        "backend:\n  clientCertificate: {certificate: \(directory)/tls/client.crt, key: \(directory)/tls/client.key}"
      case _ where line.hasPrefix("tls: {"): "tls: {certificate: \(directory)/tls/proxy.crt, key: \(directory)/tls/proxy.key}"
      default: line
      }
    }
    let path = directory + "/issuer/proxy.yaml"
    let more = "limits: {drainSeconds: 1}\nmetrics: {listen: \"127.0.0.1:\(metricsPort)\"}\n"
    try (String(contentsOfFile: path, encoding: .utf8) + more).write(toFile: path, atomically: true, encoding: .utf8)
    try policy.write(toFile: directory + "/issuer/policy.yaml", atomically: true, encoding: .utf8)
  }

  private func edit(_ name: String, _ change: (String) -> String) throws {
    let path = "\(directory)/issuer/\(name)"
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
    try lines.map { change(String($0)) }.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
  }

  /// What the daemons must own, when they run as users of their own.
  func giveAway() throws {
    guard let uids = Deployment.daemonUIDs else { return }
    for name in ["issuer", "issuer-proxy"] {
      try FileManager.default.createDirectory(atPath: "\(directory)/log/\(name)", withIntermediateDirectories: true)
    }
    try own(uids.issuer, ["state", "run", "log/issuer", "issuer/vault.key", "tls/api.key"])
    try own(uids.proxy, ["log/issuer-proxy", "tls/proxy.key", "tls/client.key"])
    try run("chmod", ["a+rX", "\(directory)/issuer", "\(directory)/log"])
    try run("chmod", ["a+r"] + ["issuerd", "proxy", "policy"].map { "\(directory)/issuer/\($0).yaml" })
  }

  /// Back to us, for what only the vault's owner does.
  func takeBack() throws {
    if Deployment.daemonUIDs != nil { try own(0, ["state", "issuer/vault.key"]) }
  }

  private func own(_ uid: UInt32, _ names: [String]) throws {
    try run("chown", ["-R", "\(uid):\(uid)"] + names.map { "\(directory)/\($0)" })
  }

  private func run(_ program: String, _ arguments: [String]) throws {
    let result = try ChildProcess.run(program, arguments)
    guard result.status == 0 else { throw ServerUnavailable(reason: "\(program): \(result.errors)") }
  }
}
