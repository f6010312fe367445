import ArgumentParser
import CLinux
import Foundation
import IssuerAPI
import Policy

struct TokenCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "token", abstract: "API tokens for remote callers and CI (operators).",
    subcommands: [TokenCreateVerb.self, TokenListVerb.self, TokenRevokeVerb.self])
}

struct TokenCreateVerb: Verb {
  static let configuration = CommandConfiguration(
    commandName: "create", abstract: "Make a token; its text is shown once.",
    discussion: """
      Whoever has the token is the identity: give it to one person or job, in a file that only they can read. The issuer keeps a hash.

      EXAMPLE
        issuerctl token create ci --for 90d --note "main pipeline" --output ci.token
      """)

  @OptionGroup var client: ClientOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "An identity of the policy with `login: token`.")
  var identity: String

  @Option(name: .customLong("for"), help: ArgumentHelp("How long it is good for.", valueName: "duration"))
  var lifetime = DurationArgument(seconds: 30 * 86_400)

  @Option(help: ArgumentHelp("What it is for.", valueName: "text"))
  var note = ""

  @Option(
    name: .customLong("output"),
    help: ArgumentHelp("Write the token to a new file of mode 0600 instead of showing it.", valueName: "path"))
  var file: String?

  func perform() throws {
    if let file, FileManager.default.fileExists(atPath: file) {
      throw CommandFailure(.failure, "\(file) exists", next: "name a new file: no token is written over another")
    }
    let created = try client.client().createToken(TokenCreate(identity: identity, note: note, lifetimeSeconds: lifetime.seconds))
    if let file {
      // Closed to others from the start: the mode is given when the file is made.
      let mask = umask(0o077)
      defer { umask(mask) }
      guard
        FileManager.default.createFile(
          atPath: file, contents: Data((created.secret + "\n").utf8), attributes: [.posixPermissions: 0o600])
      else {
        _ = try? client.client().revokeToken(created.token.id)
        throw CommandFailure(
          .failure, "\(file) cannot be written; the token is revoked again", next: "name a file that you can write")
      }
      return try output.write(created.token) {
        Terminal.standardOutput.write(
          "Token \(created.token.id) for \(created.token.identity), good until \(created.token.expiresAt), is in \(file).")
      }
    }
    try output.write(created) {
      Terminal.standardOutput.write(created.secret)
      Terminal.standardError.write(
        "Token \(created.token.id) for \(created.token.identity), good until \(created.token.expiresAt). It is not shown again.")
    }
  }
}

struct TokenListVerb: Verb {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List tokens.",
    discussion: """
      EXAMPLE
        issuerctl token list
      """)

  @OptionGroup var client: ClientOptions
  @OptionGroup var output: OutputOptions

  func perform() throws {
    let page = try client.client().tokens()
    try output.write(page) {
      var table = Table(["ID", "IDENTITY", "STATE", "EXPIRES", "LAST USED", "BY", "NOTE"])
      for token in page.items {
        table.add([
          Identifiers.short(token.id), token.identity, token.state.rawValue, token.expiresAt, token.lastUsedAt ?? "never",
          token.createdBy,
          token.note,
        ])
      }
      table.write(empty: "No tokens.")
    }
  }
}

struct TokenRevokeVerb: Verb {
  static let configuration = CommandConfiguration(
    commandName: "revoke", abstract: "Make a token worthless.",
    discussion: """
      From now on; leases that were asked for with it go on (`issuerctl revoke` ends them).

      EXAMPLE
        issuerctl token revoke 3f2a9c01
      """)

  @OptionGroup var client: ClientOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "The token's id, or its beginning.")
  var token: String

  func perform() throws {
    let client = try client.client()
    let id = try Identifiers.resolve(token, kind: "token") { try client.tokens().items.map(\.id) }
    let revoked = try client.revokeToken(id)
    try output.write(revoked) {
      Terminal.standardOutput.write("The token \(Identifiers.short(revoked.id)) of \(revoked.identity) is worthless.")
    }
  }
}
