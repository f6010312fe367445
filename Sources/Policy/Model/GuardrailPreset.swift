import SQLAnalysis

/// Sets of guardrails that a scope can name instead of writing its own. Raw values are the words of the policy file.
public enum GuardrailPreset: String, Sendable, CaseIterable {
  /// Nothing that changes data, definitions or rights.
  case readOnly = "read-only"
  /// Rows may be changed, a few at a time; definitions and rights may not.
  case safeWrites = "safe-writes"
  /// Definitions may be changed; what reaches beyond the database's own tables may not.
  case migrations

  public var rules: [Guardrail] {
    switch self {
    case .readOnly:
      [
        rule(
          "data", StatementClass.rowChanges.union([.rowLock, .lockTable]), "this scope reads only",
          "ask for a scope that writes; `issuerctl scopes` names them"),
        rule(
          "definitions", StatementClass.definitions, "this scope reads only",
          "ask for a scope for migrations; `issuerctl scopes` names them"),
        // What is left: a list of what is harmless, so that a class added later is refused until it stands here.
        rule(
          "other", Set(StatementClass.allCases).subtracting(StatementClass.reading), "this scope reads only",
          "write it as a SELECT"),
      ]
    case .safeWrites:
      [
        rule(
          "without-where", [.updateWithoutWhere, .deleteWithoutWhere, .truncate], "it would change every row of the table",
          "add a WHERE clause that names the rows"),
        rule(
          "definitions", StatementClass.definitions.union([.lockTable]), "this scope changes rows, not definitions or rights",
          "ask for a scope for migrations; `issuerctl scopes` names them"),
        rule("code", [.do], "what a block does cannot be seen beforehand", "send its statements one by one"),
      ]
    case .migrations:
      [
        rule(
          "beyond", [.dropDatabase, .alterDatabase, .createExtension, .foreignServer, .eventTrigger, .securityLabel],
          "it reaches beyond the tables of the database", "ask an operator of the cluster to do it"),
        rule(
          "destroys", [.dropTable, .dropSchema, .truncate, .updateWithoutWhere, .deleteWithoutWhere],
          "it destroys or changes whole tables", "nothing to do: it is allowed here, and on the record as an alarm", .alarm),
      ]
    }
  }

  private func rule(
    _ name: String, _ classes: Set<StatementClass>, _ reason: String, _ next: String, _ action: Guardrail.Action = .refuse
  ) -> Guardrail {
    Guardrail(rule: "\(rawValue)/\(name)", classes: classes, action: action, reason: reason, next: next)
  }
}

extension StatementClass {
  fileprivate static let rowChanges: Set<StatementClass> = [
    .insert, .update, .delete, .merge, .truncate, .updateWithoutWhere, .deleteWithoutWhere, .copyIn, .createTableAs,
  ]

  /// Definitions, rights, and what tends them.
  fileprivate static let definitions: Set<StatementClass> = [
    .ddl, .create, .alter, .drop, .dropDatabase, .dropTable, .dropSchema, .createTemp, .createFunction, .createTrigger,
    .createExtension, .foreignServer, .eventTrigger, .comment, .securityLabel, .grant, .alterDatabase, .maintenance,
  ]

  /// Changes nothing of the database, nor of how statements are read.
  fileprivate static let reading: Set<StatementClass> = [
    .select, .copyOut, .set, .reset, .show, .discard, .transaction, .prepare, .execute, .deallocate, .cursor, .explain, .listen,
    .empty,
  ]
}

extension Guardrail {
  /// Hold in every proxied session, whatever policy says: each would change how statements are read, who they run as, or reach the
  /// server's own files.
  public static let always: [Guardrail] = [
    always(
      .setLexical, "it changes how the text of statements is read, so that what was checked would not be what runs",
      "leave the setting as it is; client_encoding can be chosen when connecting"),
    always(.copyFile, "it reads or writes files of the database server", "use COPY ... FROM STDIN / TO STDOUT, or psql's \\copy"),
    always(
      .copyProgram, "it runs a program on the database server", "use COPY ... FROM STDIN / TO STDOUT with a pipe on your side"),
    always(.alterSystem, "it changes the server's configuration", "ask an operator of the cluster to do it"),
    always(.role, "roles and what they own are the issuer's business", "ask for the scope that you need: issuerctl grant SCOPE"),
    always(
      .setRole, "a lease runs as its own role, so that every statement has one person to it",
      "ask for the scope that you need: issuerctl grant SCOPE"),
    always(.load, "it loads code into the server", "ask an operator of the cluster to do it"),
    always(
      .unknown, "this version cannot tell what the statement does", "report the statement; a direct delivery is not checked"),
  ]

  /// Holds where no rule of the policy allows `two_phase`.
  public static let twoPhase = Guardrail(
    rule: "always/two_phase", classes: [.twoPhase], action: .refuse,
    reason: "a prepared transaction outlives its session and the lease, and keeps locks",
    next: "use COMMIT; where two-phase commit is needed, policy can allow the class two_phase")

  private static func always(_ class: StatementClass, _ reason: String, _ next: String) -> Guardrail {
    Guardrail(rule: "always/\(`class`.rawValue)", classes: [`class`], action: .refuse, reason: reason, next: next)
  }
}
