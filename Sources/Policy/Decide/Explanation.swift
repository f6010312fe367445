/// Why a decision is what it is: each rule that was looked at, in order, and what it said.
public struct Explanation: Sendable, Equatable, Codable {
  public struct Step: Sendable, Equatable, Codable {
    public enum Outcome: String, Sendable, Equatable, Codable { case passed, decided, skipped, failed }
    /// The rule or the thing looked at: `access/support-reads`, `delivery`, `guardrails/no-ddl`.
    public var rule: String
    public var outcome: Outcome
    public var why: String
  }
  public private(set) var steps: [Step] = []

  public init() {}

  mutating func add(_ rule: String, _ outcome: Step.Outcome, _ why: String) {
    steps.append(Step(rule: rule, outcome: outcome, why: why))
  }
}
