/// The policy that `issuerctl init` writes: commented, valid, and giving nobody anything that masks do not cover.
public enum StarterPolicy {
  /// - Parameters:
  ///   - cluster: the cluster's name, as in issuerd.yaml.
  ///   - database: a database of the applications; scopes and masks are for it.
  ///   - unixUser: who becomes operator: the person who runs `init`.
  /// - Returns: nil when a name cannot stand in a policy file.
  public static func text(cluster: String, database: String, unixUser: String) -> String? {
    let result = template.replacing("{cluster}", with: quoted(cluster)).replacing("{database}", with: quoted(database))
      .replacing("{user}", with: quoted(unixUser))
    // What was put in may not be a name; then there is no starter, rather than one that does not load.
    guard (try? PolicyFile.parse(result)) != nil else { return nil }
    return result
  }

  /// A double-quoted YAML scalar.
  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case _ where scalar.value < 0x20 || scalar.value == 0x7f: result += "?"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  private static let template = """
    # Who gets what, for how long, and what they see of it. The whole reference: docs/policy.md.
    # After a change: issuerctl policy check && issuerctl policy test && issuerctl policy reload
    version: 1
    cluster: {cluster}

    # People by their Unix user on this host (login: unix); jobs and remote people by API token (login: token).
    identities:
      {user}: {login: unix, groups: [dba]}
      # alice: {login: unix, groups: [support]}
      # bob: {login: unix, groups: [support, leads]}
      ci: {login: token, groups: [ci]}

    # May sweep, rotate, revoke, kill, make tokens. `auditors:` may only look.
    operators: {groups: [dba]}

    databases:
      {database}:
        # What nobody sees unless a scope says `unmasked: true`. An exact name goes before patterns, patterns before types.
        masks:
          "*.*.email": email
          "*.*.*_email": email
          "*.*.phone": last4
          "*.*.*password*": deny
          # public.users.support_email: free

    # What can be asked for.
    scopes:
      app-read:
        description: Read the application's tables, personal data masked
        database: {database}
        privileges:
          - {tables: ["public.*"], grant: [select]}
        guardrails: [read-only]
        limits: {rowsMax: 100000, statementTimeMax: 5m, idleMax: 30m}
        settings: {statement_timeout: 300s}
        connectionsMax: 10

      app-write:
        description: Change rows of the application's tables
        database: {database}
        privileges:
          - {tables: ["public.*"], grant: [select, insert, update, delete]}
          - {sequences: ["public.*"], grant: [usage]}
        guardrails: [safe-writes]
        limits: {rowsMax: 100000, statementTimeMax: 5m, idleMax: 30m}

    # Who may ask for which scope. Rules are tried from the top; without one that fits, the answer is no.
    access:
      - name: read
        who: {groups: [dba]}
        scopes: [app-read]
        lifetime: {default: 30m, max: 8h}
        reason: required

      - name: write
        who: {groups: [dba]}
        scopes: [app-write]
        lifetime: {default: 15m, max: 1h}
        reason: required
        # As soon as there are two of you:
        # approvals: {count: 1, from: {groups: [leads]}}

    # What this policy is meant to answer; `issuerctl policy test` asks it.
    tests:
      - name: reading is granted at once
        ask: {identity: {user}, scope: app-read, reason: a look at the data}
        expect: granted
      - name: jobs get nothing yet
        ask: {identity: ci, scope: app-read, reason: a look at the data}
        expect: denied
      - name: e-mail addresses are masked
        mask: {database: {database}, column: public.users.email}
        expect: email
      - name: no tables are dropped by readers
        sql: DROP TABLE users
        scope: app-read
        expect: refused
        rule: read-only

    """
}
