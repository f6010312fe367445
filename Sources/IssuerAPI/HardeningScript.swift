/// The cures of what scopes' compilation found, as SQL for a DBA to read and run. Pure text: it is shown, never run by us.
public enum HardeningScript {
  /// One script for all databases, for psql: each database's part begins with `\connect`.
  public static func text(_ live: PolicyLive, database only: String? = nil) -> String {
    let scopes = live.scopes.filter { only == nil || $0.database == only }
    let parts = Dictionary(grouping: scopes, by: \.database).sorted { $0.key < $1.key }.map { database, scopes in
      "\\connect \(identifier(database))\n\n" + text(scopes, database: database)
    }
    return """
      -- Made by `issuerctl harden --print` from the policy \(live.fingerprint.prefix(12)) of \(live.loadedAt).
      -- Read each statement before you run it, as a superuser or as the objects' owner:
      --   psql -X -v ON_ERROR_STOP=1 -f this-file
      -- Then let the issuer look again: issuerctl policy reload

      \(parts.joined(separator: "\n"))
      """
  }

  /// The part of one database: what refuses scopes first, each with the reason and the entry that would accept it; then what is only
  /// warned of, and what is accepted, as comments.
  public static func text(_ scopes: [PolicyLive.LiveScope], database: String) -> String {
    var entries: [Entry] = []
    for scope in scopes {
      for finding in scope.findings {
        if let index = entries.firstIndex(where: { $0.finding.isSame(finding) }) {
          entries[index].scopes.append(scope.name)
          // One that refuses a scope stands, whatever it is to another.
          if finding.severity == .refusal { entries[index].finding = finding }
        } else {
          entries.append(Entry(finding: finding, scopes: [scope.name]))
        }
      }
    }
    let refusals = entries.filter { $0.finding.severity == .refusal }
    let warnings = entries.filter { $0.finding.severity == .warning && $0.finding.hasSQL }
    let trusted = entries.filter { $0.finding.severity == .trusted }
    var cured: Set<String> = []
    var text =
      "-- Database \(line(database)): \(refusals.count) to cure, \(warnings.count) to think about, \(trusted.count) accepted.\n"
    for (number, entry) in refusals.enumerated() {
      let isNew = cured.insert(entry.finding.cure).inserted
      text += "\n-- \(number + 1) of \(refusals.count). " + entry.heading
      if let accepting = entry.finding.trustedEntry {
        text += "-- Or accept it, under `trusted:` of the database in the policy:\n--   \(accepting)\n"
      }
      if entry.finding.cure.isEmpty {
        text += "-- No statement cures it.\n"
      } else if entry.finding.hasSQL {
        text += isNew ? entry.finding.cure + "\n" : "-- Cured above.\n"
      } else {
        text += commented(entry.finding.cure)
      }
    }
    if !warnings.isEmpty { text += "\n-- Nothing below keeps a scope from loading. Take the dashes away from what you want.\n" }
    for entry in warnings { text += "\n-- " + entry.heading + commented(entry.finding.cure) }
    if !trusted.isEmpty { text += "\n-- Accepted by policy:\n" }
    for entry in trusted { text += "-- " + entry.heading }
    return text
  }

  private struct Entry {
    var finding: ScopeFinding
    var scopes: [String]

    var heading: String {
      """
      \(line(finding.kind)) \(line(finding.object)), for \(scopes.map(line).joined(separator: ", "))
      --   \(line(finding.message))

      """
    }
  }

  /// What others chose must not end a comment.
  private static func line(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
  }

  private static func commented(_ text: String) -> String {
    text.split(whereSeparator: \.isNewline).map { $0.hasPrefix("--") ? "\($0)\n" : "-- \($0)\n" }.joined()
  }

  private static func identifier(_ name: String) -> String { "\"" + line(name).replacing("\"", with: "\"\"") + "\"" }
}

extension ScopeFinding {
  /// Could not be looked at: there is nothing to cure in the database's catalogs, and nothing to accept.
  private static let notCompiled = "not_compiled"

  /// The entry under `trusted:` of the policy that accepts it, as YAML; nil for what needs or takes none.
  public var trustedEntry: String? {
    guard severity == .refusal, kind != Self.notCompiled else { return nil }
    return "- {kind: \(kind), object: \(Self.quoted(object)), reason: \"who looked at it, when, and why it does no harm\"}"
  }

  /// Whether the cure has a statement, and not only advice.
  var hasSQL: Bool {
    kind != Self.notCompiled && cure.split(whereSeparator: \.isNewline).contains { !$0.hasPrefix("--") && !$0.isEmpty }
  }

  func isSame(_ other: ScopeFinding) -> Bool { kind == other.kind && object == other.object }

  /// A double-quoted YAML scalar.
  private static func quoted(_ text: String) -> String {
    let inner = text.unicodeScalars.map { scalar in
      switch scalar {
      case "\"", "\\": "\\\(scalar)"
      case _ where scalar.properties.generalCategory == .control:
        "\\x" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
      default: String(scalar)
      }
    }
    return "\"\(inner.joined())\""
  }
}
