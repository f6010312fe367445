import Foundation
import TestSupport

/// The programs under test, beside the test bundle.
enum Binaries {
  static let names = ["issuerd", "issuer-proxy", "issuerctl"]

  static let directory: URL = {
    let bundle = CommandLine.arguments.first { $0.contains(".xctest") } ?? CommandLine.arguments[0]
    var directory = URL(fileURLWithPath: bundle).deletingLastPathComponent()
    while !FileManager.default.isExecutableFile(atPath: directory.appendingPathComponent("issuerctl").path), directory.path != "/"
    {
      directory.deleteLastPathComponent()
    }
    return directory
  }()

  static func path(_ name: String) -> String { directory.appendingPathComponent(name).path }

  static let packageRoot = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The Python of `scripts/dependencies.sh test`, which has psycopg.
  static let python: String = {
    let environment = ProcessInfo.processInfo.environment
    let cache = environment["XDG_CACHE_HOME"] ?? (environment["HOME"] ?? "/root") + "/.cache"
    return (environment["ISSUER_TEST_VENV"] ?? cache + "/issuer-tests/venv") + "/bin/python"
  }()

  /// A program of the environment that `scripts/dependencies.sh` makes for the MCP server of examples/mcp.
  static func mcp(_ name: String) -> String {
    let environment = ProcessInfo.processInfo.environment
    return (environment["XDG_CACHE_HOME"] ?? (environment["HOME"] ?? "/root") + "/.cache") + "/issuer-tests/mcp-venv/bin/" + name
  }

  static func client(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Clients/\(name)").path
  }
}
