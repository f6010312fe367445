import IssuerAPI
import Policy

/// How tools show that the proxy alone masks: in policy's own words, wherever a scope stands. Of `strict` nothing is said.
enum EnforcementText {
  /// A scope's name, with the words where they apply.
  static func scope(_ name: String, _ enforcement: String) -> String { words(enforcement).map { "\(name) (\($0))" } ?? name }

  /// `enforcement: best-effort`; nil for `strict`.
  static func words(_ enforcement: String) -> String? {
    enforcement == Scope.Enforcement.strict.rawValue ? nil : "enforcement: \(enforcement)"
  }

  /// On standard error, for verbs that print what programs read, or run them.
  static func warn(_ enforcement: String) {
    guard let words = words(enforcement) else { return }
    let terminal = Terminal.standardError
    terminal.write(terminal.styled("\(words): masks are made on the wire alone (docs/masking.md).", .yellow))
  }
}
