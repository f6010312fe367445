import SQLAnalysis

extension DecisionEngine {
  /// Judges a query text by a session's guardrails and, in a best-effort session, by what would answer masked values without their
  /// origin.
  public static func verdict(_ session: SessionPolicy, _ parsed: ParsedText) -> Verdict {
    let verdict = Self.verdict(session, parsed.analysis)
    guard session.isBestEffort else { return verdict }
    if case .refused = verdict { return verdict }
    guard let lost = parsed.lostOrigins(ShadowMap(session.maskedTables.map { ShadowMap.Table($0) })).first else { return verdict }
    let statement = parsed.analysis.statements.firstIndex { $0.range.contains(lost.offset) } ?? 0
    return .refused(
      Refusal(
        rule: "best-effort/\(lost.form.rawValue)", sqlState: "42501", reason: lost.message, next: lost.next, statement: statement,
        classes: parsed.analysis.statements[statement].classes))
  }
}
