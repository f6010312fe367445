import Policy
import PostgresWire

/// A policy, and what can be made of it once for all sessions that it holds for. Each login brings its own copy; the sessions of a worker
/// whose policies are equal share one, so that thousands under one lease take the room of one, and what each statement looks at is in
/// the processor's caches already.
final class SharedPolicy {
  let policy: SessionPolicy
  /// Small, and never of another policy while a cached verdict bears it.
  let number: Int
  /// Whether texts must be understood: there are guardrails, masks or detectors.
  let judgesTexts: Bool
  /// Whether policy says nothing that has to be heeded from one message to the next.
  let judgesBatches: Bool
  /// What masked tables are called whose statements are translated.
  let maskedNames: Set<String>
  /// For those statements.
  let paths: PathTracker
  let description: RowDescriptionCheck
  let guarded: GuardedMessages

  init(_ policy: SessionPolicy, number: Int) {
    self.policy = policy
    self.number = number
    judgesTexts = !policy.guardrails.isEmpty || !policy.maskedTables.isEmpty || !policy.detectors.isEmpty
    // What comes back in best-effort sessions is described before it is run, as for detectors.
    judgesBatches = policy.limits.statementsPerMinuteMax == nil && policy.detectors.isEmpty && !policy.isBestEffort
    // And they read the tables themselves: nothing is translated.
    let translated = policy.isBestEffort ? [] : policy.maskedTables
    maskedNames = Set(translated.map(\.table))
    paths = PathTracker(translated)
    description = RowDescriptionCheck(translated)
    guarded = SessionGuard.guarded(by: policy)
  }
}
