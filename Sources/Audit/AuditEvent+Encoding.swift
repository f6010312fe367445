import Sodium

extension AuditEvent {
  /// Appends `kind` and the members of the kind.
  func encode(into line: inout JSONLine) {
    switch self {
    case .sessionOpened(let event): event.encode(into: &line)
    case .statement(let event): event.encode(into: &line)
    case .outcome(let event): event.encode(into: &line)
    case .sessionClosed(let event): event.encode(into: &line)
    case .issuer(let event): event.encode(into: &line)
    }
  }
}

extension AuditEvent.SessionOpened {
  func encode(into line: inout JSONLine) {
    line.member("kind", "session_opened")
    line.member("session", session)
    line.member("lease", lease)
    line.member("person", person)
    line.member("role", role)
    line.member("scope", scope)
    line.member("database", database)
    line.member("client", client)
    line.member("application", application)
    line.member("tls", tls)
    line.member("reason", reason)
    line.member("enforcement", enforcement)
  }
}

extension AuditEvent.Statement {
  func encode(into line: inout JSONLine) {
    line.member("kind", "statement")
    line.member("session", session)
    line.member("lease", lease)
    line.member("person", person)
    line.member("form", form)
    text.encode(into: &line)
    if !parameters.isEmpty { Self.encode(parameters, into: &line) }
    Self.encodeJudgement(
      verdict: verdict, rule: rule, sqlState: sqlState, classes: classes, tables: tables, maskedColumns: maskedColumns,
      translated: translated, into: &line)
  }

  static func encodeJudgement(
    verdict: AuditEvent.Verdict, rule: String?, sqlState: String?, classes: [String], tables: [String], maskedColumns: [String],
    translated: String?, into line: inout JSONLine
  ) {
    line.member("verdict", verdict.rawValue)
    line.member("rule", rule)
    line.member("sqlstate", sqlState)
    line.member("classes", classes)
    line.member("tables", tables)
    line.member("masked", maskedColumns)
    line.member("translated", translated)
  }

  static func encode(_ parameters: [AuditParameter], into line: inout JSONLine) {
    line.name("parameters")
    line.array(parameters) { line, parameter in encode(parameter, into: &line) }
  }

  static func encode(_ parameter: AuditParameter, into line: inout JSONLine) {
    switch parameter {
    case .null: line.raw("null")
    case .text(let text): line.string(text)
    case .binary(let bytes): wrapped("binary", Base64URL.encode(bytes), into: &line)
    case .hashed(let hash): wrapped("hashed", Hex.encode(hash), into: &line)
    }
  }

  private static func wrapped(_ name: StaticString, _ text: String, into line: inout JSONLine) {
    line.raw("{")
    line.member(name, text)
    line.raw("}")
  }
}

extension AuditText {
  func encode(into line: inout JSONLine) {
    switch self {
    case .text(let text): line.member("text", text)
    case .bytes(let bytes): line.member("textBytes", Base64URL.encode(bytes))
    }
  }
}

extension AuditEvent.Outcome {
  func encode(into line: inout JSONLine) {
    // Session and lease are those of the statement's record.
    line.member("kind", "outcome")
    line.member("statement", statement)
    if sqlState != Self.success { line.member("sqlstate", sqlState) }
    line.member("tag", tag)
    line.member("rows", rows)
    line.member("bytes", bytes)
    line.member("micros", durationMicroseconds)
    if retries > 0 { line.member("retries", UInt64(retries)) }
  }
}

extension AuditEvent.SessionClosed {
  func encode(into line: inout JSONLine) {
    line.member("kind", "session_closed")
    line.member("session", session)
    line.member("lease", lease)
    line.member("person", person)
    line.member("why", why)
    line.member("statements", statements)
    line.member("micros", durationMicroseconds)
  }
}

extension IssuerEvent {
  func encode(into line: inout JSONLine) {
    line.member("kind", kind.rawValue)
    line.member("actor", actor)
    line.member("person", person)
    line.member("request", request)
    line.member("lease", lease)
    line.member("session", session)
    line.member("scope", scope)
    line.member("database", database)
    line.member("role", role)
    line.member("text", text)
    guard !details.isEmpty else { return }
    line.name("details")
    line.raw("{")
    for (index, detail) in details.sorted(by: { $0.key < $1.key }).enumerated() {
      if index > 0 { line.raw(",") }
      line.string(detail.key)
      line.raw(":")
      line.string(detail.value)
    }
    line.raw("}")
  }
}
