import ArgumentParser
import CLinux
import Foundation
import Issuer
import PostgresClient
import Sodium
import Vault

struct InitVerb: Verb {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Set a cluster up: vault, roles, ledger, and files to begin with.",
    discussion: """
      Makes the vault and its key file, an admin role with the least rights that work, and the ledger database `issuer`; seals the
      role's password, changes it at once, and writes commented configuration and a policy. Says what it did, role by role, and prints
      the lines that pg_hba.conf needs. Running it twice is harmless, and after a failure it goes on where it stopped. Run it as the user
      that issuerd will run as: the vault belongs to them.

      The password of --admin-url's role is asked on the terminal; --password-fd and --password-file read it elsewhere (0 is standard
      input). It is used for this once and kept nowhere.

      EXAMPLES
        issuerctl init --cluster main --admin-url postgres://postgres@db.example/postgres --database shop --owner shop_owner
        issuerctl init --cluster main --admin-url "host=/var/run/postgresql user=postgres" --no-password
      """)

  @Option(help: ArgumentHelp("The cluster's name in vault and policy.", valueName: "name"))
  var cluster: String

  @Option(help: ArgumentHelp("The cluster, as a role that may create roles; without a password.", valueName: "url"))
  var adminURL: String

  @Option(help: ArgumentHelp("Read the password's line from this file descriptor; 0 is standard input.", valueName: "number"))
  var passwordFD: Int32?

  @Option(help: ArgumentHelp("Read the password from the first line of a file.", valueName: "path"))
  var passwordFile: String?

  @Flag(help: "The role logs in without a password (peer, trust).")
  var noPassword = false

  @Flag(help: "Seal the given role itself instead of making one with least rights.")
  var useGivenRole = false

  @Option(help: ArgumentHelp("A database to govern; may be given again. All of them if left out.", valueName: "name"))
  var database: [String] = []

  @Flag(help: "Make the event trigger that keeps masked views out of migrations' way in each database; takes a superuser.")
  var eventTrigger = false

  @Option(
    help: ArgumentHelp("An owner of tables that scopes will grant; may be given again. Never a superuser.", valueName: "role"))
  var owner: [String] = []

  @Option(help: ArgumentHelp("Where the configuration goes (ISSUER_DIRECTORY, else /etc/issuer).", valueName: "path"))
  var directory: String?

  @Option(help: ArgumentHelp("Where the vault goes.", valueName: "path"))
  var stateDirectory = "/var/lib/issuer"

  @Option(help: ArgumentHelp("Where the audit logs go: issuer and issuer-proxy below it.", valueName: "path"))
  var logDirectory = "/var/log"

  @Option(help: ArgumentHelp("Where the sockets go.", valueName: "path"))
  var runDirectory = "/run/issuer"

  @Option(help: ArgumentHelp("The vault's key file; vault.key in the configuration's directory if left out.", valueName: "path"))
  var keyFile: String?

  @Option(help: ArgumentHelp("The name that people reach the proxy by; its certificate must bear it.", valueName: "host"))
  var proxyHost = "localhost"

  @Option(help: ArgumentHelp("The port that the proxy listens on.", valueName: "port"))
  var proxyPort = 6432

  @Option(
    help: ArgumentHelp("Unix user that the proxy runs as; may be given again. issuer-proxy if left out.", valueName: "user"))
  var proxyUser: [String] = []

  @Option(help: ArgumentHelp("The first operator, a Unix user; you if left out.", valueName: "user"))
  var `operator`: String?

  @OptionGroup var output: OutputOptions

  func validate() throws {
    if [passwordFD != nil, passwordFile != nil, noPassword].filter(\.self).count > 1 {
      throw ValidationError("give one of --password-fd, --password-file and --no-password")
    }
    guard (1...65_535).contains(proxyPort) else { throw ValidationError("--proxy-port is from 1 to 65535") }
  }

  func perform() throws {
    do {
      try ProcessHardening.apply()
      let admin = try ConnectionParameters(parsing: adminURL)
      var told = ToldSetUp()
      let report = try Bootstrap.run(options(admin, try password(admin))) { step in
        told.steps.append(.init(outcome: step.outcome.rawValue, subject: step.subject, message: step.message))
        if output.format == .text { write(step) }
      }
      told.report(report)
      try output.write(told) { write(report) }
    } catch let error as BootstrapError {
      throw CommandFailure(.failure, error.message, next: error.next + "; then run init again, it goes on where it stopped")
    } catch let error as PostgresError {
      throw CommandFailure(
        .failure, "PostgreSQL says: \(error.message) (\(error.sqlState.code))",
        next: error.hint ?? "correct --admin-url or its role's rights, and run init again")
    } catch let error as VaultError {
      throw CommandFailure(.failure, "\(error.path): \(error.message)", next: error.next)
    } catch let error as SodiumError {
      throw CommandFailure(.failure, error.message, next: error.next)
    } catch let error as CocoaError {
      throw CommandFailure(
        .failure, "a file cannot be written: \(error.localizedDescription)", next: "run init as a user who may, such as root")
    }
  }

  private func options(_ admin: ConnectionParameters, _ password: SecretBytes?) -> BootstrapOptions {
    let person = `operator` ?? ClientOptions.environment("SUDO_USER") ?? NSUserName()
    return BootstrapOptions(
      cluster: cluster, admin: admin, adminPassword: password, useGivenRole: useGivenRole, databases: database,
      eventTrigger: eventTrigger, owners: owner,
      directory: directory ?? ClientOptions.environment("ISSUER_DIRECTORY") ?? "/etc/issuer", stateDirectory: stateDirectory,
      logDirectory: logDirectory, runDirectory: runDirectory, keyFile: keyFile, proxyHost: proxyHost, proxyPort: proxyPort,
      proxyUsers: proxyUser.isEmpty ? ["issuer-proxy"] : proxyUser, operatorUser: person)
  }

  private func password(_ admin: ConnectionParameters) throws -> SecretBytes? {
    let secret: SecretBytes
    if let passwordFD {
      secret = try SecretInput.line(from: passwordFD)
    } else if let passwordFile {
      secret = try line(of: passwordFile)
    } else if noPassword || !Terminal.isInputInteractive {
      return nil
    } else {
      secret = try SecretInput.terminal("Password of \(admin.keywords["user"] ?? "the admin") (empty for none):")
    }
    return secret.count == 0 ? nil : secret
  }

  private func line(of path: String) throws -> SecretBytes {
    guard let file = FileHandle(forReadingAtPath: path) else {
      throw CommandFailure(.failure, "the file \(path) cannot be read", next: "check its path and mode")
    }
    return try SecretInput.line(from: file.fileDescriptor)
  }

  private func write(_ step: BootstrapStep) {
    let terminal = Terminal.standardOutput
    let mark =
      switch step.outcome {
      case .done: terminal.styled("done   ", .green)
      case .already: terminal.styled("already", .dim)
      case .warning: terminal.styled("warning", .yellow)
      }
    terminal.write("\(mark) \(Terminal.clean(step.subject)): \(Terminal.clean(step.message))")
  }

  private func write(_ report: BootstrapReport) {
    let terminal = Terminal.standardOutput
    terminal.write("\n" + terminal.styled("For pg_hba.conf, above the other lines:", .bold))
    for line in report.hbaLines { terminal.write("  " + line) }
    terminal.write("\n" + terminal.styled("Next:", .bold))
    for (number, step) in report.next.enumerated() { terminal.write("  \(number + 1). \(step)") }
  }
}

/// What `init --format json` says.
private struct ToldSetUp: Encodable {
  struct Step: Encodable {
    var outcome: String
    var subject: String
    var message: String
  }
  var steps: [Step] = []
  var adminRole: String?
  var databases: [String] = []
  var hbaLines: [String] = []
  var files: [String] = []
  var next: [String] = []

  mutating func report(_ report: BootstrapReport) {
    (adminRole, databases, hbaLines, files, next) = (
      report.adminRole, report.databases, report.hbaLines, report.files, report.next
    )
  }
}
