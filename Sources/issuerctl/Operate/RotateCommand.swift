import ArgumentParser
import IssuerAPI

struct RotateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rotate", abstract: "Give roles new passwords (operators).",
    subcommands: [RotateAdminVerb.self, RotateStaticVerb.self])
}

struct RotateAdminVerb: Verb {
  static let configuration = CommandConfiguration(
    commandName: "admin", abstract: "Give the issuer's own role a new password (operators).",
    discussion: """
      The new password is sealed in the vault before PostgreSQL knows it, and proved by a login before the old one is forgotten: cut
      short at any point, the next start logs in. Nobody ever sees it.

      EXAMPLE
        issuerctl rotate admin
      """)

  @OptionGroup var client: ClientOptions
  @OptionGroup var output: OutputOptions

  func perform() throws {
    let report = try client.client().rotateAdmin()
    try output.write(report) { report.write() }
  }
}

struct RotateStaticVerb: Verb {
  static let configuration = CommandConfiguration(
    commandName: "static", abstract: "Give a service account a new password (operators).",
    discussion: """
      For the service accounts of `staticRoles:` in issuerd.yaml. The new password is written to the account's deliverFile.

      EXAMPLE
        issuerctl rotate static billing
      """)

  @OptionGroup var client: ClientOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "The static role's name in issuerd.yaml.")
  var name: String

  func perform() throws {
    let report = try client.client().rotateStatic(name)
    try output.write(report) { report.write() }
  }
}

extension RotationReport {
  fileprivate func write() {
    let terminal = Terminal.standardOutput
    terminal.write("The role \(Terminal.clean(role)) has a new password since \(rotatedAt).")
    for step in steps { terminal.write("  \(Terminal.clean(step))") }
    if let nextAt { terminal.write("Next: \(nextAt)") }
  }
}
