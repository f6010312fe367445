import ArgumentParser
import Foundation
import Issuer
import Logging

/// The issuer daemon's command line.
@main
struct IssuerDaemonCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "issuerd", abstract: "Issues just-in-time PostgreSQL roles, and ends them.",
    discussion: """
      Reads its configuration, opens the vault and serves until SIGTERM; SIGHUP reloads the policy. docs/operations.md describes every
      setting.

      EXAMPLES
        issuerd --config /etc/issuer/issuerd.yaml --log-format json
        issuerd check-config
        issuerd serve --help
      """,
    version: IssuerVersion.text, subcommands: [Serve.self, CheckConfig.self], defaultSubcommand: Serve.self)
}

struct ConfigurationOption: ParsableArguments {
  @Option(name: .long, help: "Configuration file; issuerd.yaml of ISSUER_DIRECTORY or /etc/issuer if left out.")
  var config: String?

  var file: String {
    config ?? (ProcessInfo.processInfo.environment["ISSUER_DIRECTORY"] ?? "/etc/issuer") + "/issuerd.yaml"
  }
}

enum LogFormat: String, ExpressibleByArgument, CaseIterable { case text, json }

struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "serve", abstract: "Run the daemon.")

  @OptionGroup var place: ConfigurationOption

  @Option(name: .long, help: "How log lines are written on standard error.")
  var logFormat = LogFormat.text

  @Option(name: .long, help: "The least level that is logged: trace, debug, info, notice, warning, error, critical.")
  var logLevel = "info"

  func run() async throws {
    guard let level = Logger.Level(rawValue: logLevel) else { throw ValidationError("--log-level \(logLevel) is no level") }
    LoggingSystem.bootstrap { label in
      var handler: any LogHandler =
        switch logFormat {
        case .text: StreamLogHandler.standardError(label: label)
        case .json: JSONLogHandler(label: label)
        }
      handler.logLevel = level
      return handler
    }
    let logger = Logger(label: "issuerd")
    do {
      try IssuerDaemon.prepareProcess()
      try await IssuerDaemon(configuration: .load(path: place.file), logger: logger).run()
    } catch {
      logger.critical("issuerd cannot run", metadata: ["error": "\(error)"])
      throw ExitCode.failure
    }
  }
}

struct CheckConfig: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check-config", abstract: "Check the configuration, the vault and the policy without starting.")

  @OptionGroup var place: ConfigurationOption

  func run() async throws {
    do {
      for line in try IssuerDaemon.check(.load(path: place.file)) { print(line) }
    } catch {
      FileHandle.standardError.write(Data("\(error)\n".utf8))
      throw ExitCode.failure
    }
  }
}
