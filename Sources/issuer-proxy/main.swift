import ArgumentParser
import Foundation
import Logging
import Proxy

struct IssuerProxy: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "issuer-proxy",
    abstract: "Masking proxy of just-in-time PostgreSQL access.",
    discussion: """
      SIGTERM stops gracefully (limits.drainSeconds), SIGHUP reads the certificate files again. docs/operations.md describes every setting.

      EXAMPLES
        issuer-proxy --config /etc/issuer/proxy.yaml --log-format json
        issuer-proxy check-config
        issuer-proxy serve --help
      """,
    version: "0.1.0", subcommands: [Serve.self, CheckConfig.self], defaultSubcommand: Serve.self)
}

struct ConfigurationOption: ParsableArguments {
  @Option(name: .long, help: "Configuration file; proxy.yaml of ISSUER_DIRECTORY or /etc/issuer if left out.") var config: String?

  /// `--config`, or proxy.yaml in $ISSUER_DIRECTORY or /etc/issuer.
  var file: String {
    config ?? (ProcessInfo.processInfo.environment["ISSUER_DIRECTORY"] ?? "/etc/issuer") + "/proxy.yaml"
  }

  func load() throws -> ProxyConfiguration {
    do { return try ProxyConfiguration.load(file: file) } catch {
      FileHandle.standardError.write(Data("issuer-proxy: \(error)\n".utf8))
      throw ExitCode(1)
    }
  }
}

struct CheckConfig: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check-config", abstract: "Check the configuration file and the certificates that it names, and do nothing else."
  )
  @OptionGroup var option: ConfigurationOption

  func run() throws {
    let configuration = try option.load()
    do { try configuration.checkFiles() } catch {
      FileHandle.standardError.write(Data("issuer-proxy: \(error)\n".utf8))
      throw ExitCode(1)
    }
    print("\(option.file): correct")
  }
}

struct Serve: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "serve", abstract: "Run the proxy.")
  @OptionGroup var option: ConfigurationOption
  @Option(name: .long, help: "text or json; overrides log.format.") var logFormat: String?

  func validate() throws {
    if let logFormat, ProxyConfiguration.LogFormat(rawValue: logFormat) == nil {
      throw ValidationError("--log-format must be text or json")
    }
  }

  func run() throws {
    var configuration = try option.load()
    if let logFormat, let format = ProxyConfiguration.LogFormat(rawValue: logFormat) { configuration.logFormat = format }
    let logger = ProxyLog.make(configuration)
    // Before any thread starts, so that every thread inherits the mask and the signals come here only.
    let signals = SignalWaiter()
    let service: ProxyService
    do {
      try ProcessSetup.harden()
      service = try ProxyService(configuration, logger: logger)
      try service.start()
    } catch {
      logger.critical("cannot start", metadata: ["error": "\(error)"])
      throw ExitCode(1)
    }
    while true {
      switch signals.next() {
      case .reload: service.reload()
      case .stop:
        service.stop()
        return
      }
    }
  }
}

IssuerProxy.main()
