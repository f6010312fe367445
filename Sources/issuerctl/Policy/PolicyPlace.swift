import ArgumentParser
import Foundation
import Policy

/// Where the policy file is, for the verbs that read it here.
struct PolicyPlace: ParsableArguments {
  @Option(help: ArgumentHelp("The policy file; policy.yaml of the configuration's directory if left out.", valueName: "path"))
  var file: String?

  func path(_ client: ClientOptions) -> String { file ?? client.configurationDirectory + "/policy.yaml" }

  func load(_ client: ClientOptions) throws -> PolicyFile {
    let path = path(client)
    let text = try Self.read(path)
    do throws(PolicyErrors) { return try PolicyFile.parse(text) } catch {
      throw Self.tell(error, path)
    }
  }

  static func read(_ path: String) throws -> String {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw CommandFailure(.failure, "\(path) cannot be read as UTF-8 text", next: "name the policy file with --file")
    }
    return text
  }

  /// Tells every error at its place, as compilers do.
  static func tell(_ errors: PolicyErrors, _ path: String) -> CommandFailure {
    let terminal = Terminal.standardError
    for error in errors.errors { write(error, path, terminal.styled("error:", .red)) }
    let count = errors.errors.count
    return CommandFailure(
      .failure, "the policy has \(count) \(count == 1 ? "error" : "errors") and does not load",
      next: "correct them; the policy that issuerd holds stays in force")
  }

  static func write(_ error: PolicyError, _ path: String, _ kind: String) {
    let terminal = Terminal.standardError
    terminal.write("\(terminal.styled("\(path):\(error.line):\(error.column):", .bold)) \(kind) \(Terminal.clean(error.message))")
    terminal.write("  \(Terminal.clean(error.next))")
  }
}
