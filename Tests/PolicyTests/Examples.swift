import SQLAnalysis

@testable import Policy

/// The policy that most of these tests ask: small, with every kind of rule.
enum Examples {
  static let head = """
    version: 1
    cluster: main
    identities:
      alice: {login: unix, groups: [support]}
      bob: {login: unix, groups: [leads, security]}
      carol: {login: unix, groups: [leads]}
      dora: {login: unix, unixUser: d.orsini, groups: [dba, security]}
      ci: {login: token, groups: [ci]}
    operators: {groups: [dba]}
    auditors: {users: [carol]}
    """

  static let body = """
    databases:
      shop:
        masks:
          public.users.email: email
          "*.*_email": redact
          public.users.help_email: free
          "type:card*": last4
        trusted:
          - {kind: definer_function, object: "function public.search(*)", reason: returns ids only}
    guardrails:
      - name: no-truncate
        classes: [truncate]
        action: refuse
        reason: it empties a table
        next: delete the rows
      - {name: temp-tables, classes: [create_temp], action: allow}
      - {name: watch-cards, classes: [select], tables: ["*.cards"], action: alarm, reason: cards are read}
    scopes:
      read:
        database: shop
        privileges: [{tables: ["public.*"], except: ["public.secrets"], grant: [select]}]
        guardrails: [temp-tables, watch-cards, read-only]
        limits: {rowsMax: 1000, bytesMax: 10MB, idleMax: 15m}
        connectionsMax: 3
      write:
        database: shop
        privileges: [{tables: ["public.*"], grant: [select, update]}]
        guardrails: [safe-writes]
      migrate:
        database: shop
        privileges: [{schemas: [public], grant: [usage, create]}]
        unmasked: true
        owner: shop_owner
        delivery: [proxy, direct]
    access:
      - name: support-reads
        who: {groups: [support]}
        scopes: [read]
        lifetime: {default: 30m, max: 8h, ceiling: 1d}
        ticket: {required: false, pattern: "INC-####"}
      - name: support-writes
        who: {groups: [support, leads]}
        scopes: [write]
        lifetime: {default: 10m, max: 1h}
        approvals:
          - {count: 1, from: {groups: [leads]}}
          - {count: 1, from: {groups: [security]}}
        decideWithin: 2h
        breakGlass: {lifetimeMax: 20m, review: {groups: [security]}, reviewWithin: 1d}
      - name: ci-migrates
        who: {users: [ci]}
        scopes: [migrate]
        lifetime: {max: 1h}
        reason: optional
        windows: [{days: [mon-fri], from: "08:00", to: "18:00", timeZone: Europe/Vienna}]
    """

  static func policy(_ text: String = head + "\n" + body) throws -> DecisionEngine {
    DecisionEngine(policy: try PolicyFile.parse(text).policy)
  }

  static func statement(
    _ classes: Set<StatementClass>, on relations: [(schema: String?, name: String)] = []
  ) -> StatementFacts {
    StatementFacts(
      range: 0..<1, tag: "", classes: classes,
      relations: relations.map { RelationReference(schema: $0.schema, name: $0.name, offset: 0, access: .read) })
  }

  /// The errors of a text, as `line:column message`; empty when it loads.
  static func errors(_ text: String) -> [String] {
    do throws(PolicyErrors) {
      _ = try PolicyFile.parse(text)
      return []
    } catch {
      return error.errors.map { "\($0.line):\($0.column) \($0.message)" }
    }
  }
}
