import ArgumentParser
import Foundation
import Policy
import SQLAnalysis

struct PolicyExplainVerb: Verb {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Say what the policy would answer, and which rule says so.",
    discussion: """
      A request, asked by the policy file here and now (or at another time with --at); or a SQL text in a session of a scope: what its
      statements are, what the guardrails say, and which columns are masked. The policy knows the columns that it names; with --live issuerd
      is asked what the database has, and the text is what the proxy would forward, but for the codes of look-ups.

      EXAMPLES
        issuerctl policy explain support-read --as alice --for 8h --reason "INC-4711"
        issuerctl policy explain support-read --sql "delete from orders"
        issuerctl policy explain support-read --live --sql "select * from customers group by id"
      """)

  @OptionGroup var client: ClientOptions
  @OptionGroup var place: PolicyPlace
  @OptionGroup var output: OutputOptions

  @Argument(help: "The scope.")
  var scope: String

  @Option(name: .customLong("as"), help: ArgumentHelp("The identity that asks.", valueName: "name"))
  var identity: String?

  @Option(name: .customLong("for"), help: ArgumentHelp("How long.", valueName: "duration"))
  var lifetime: DurationArgument?

  @Option(help: ArgumentHelp("The reason given.", valueName: "text"))
  var reason = ""

  @Option(help: ArgumentHelp("The ticket given.", valueName: "id"))
  var ticket: String?

  @Option(help: ArgumentHelp("proxy or direct.", valueName: "delivery"))
  var delivery: DeliveryArgument?

  @Flag(help: "Ask past the approvals.")
  var breakGlass = false

  @Option(help: ArgumentHelp("When, such as 2026-08-03T10:00:00Z; now if left out.", valueName: "time"))
  var at: String?

  @Option(help: ArgumentHelp("A SQL text to judge instead of a request.", valueName: "text"))
  var sql: String?

  @Flag(help: "With --sql: ask issuerd for the scope's masked tables (operators and auditors).")
  var live = false

  @Option(
    help: ArgumentHelp("A schema of the session's search path; may be given again. public if left out.", valueName: "schema"))
  var searchPath: [String] = []

  func validate() throws {
    if (identity == nil) == (sql == nil) { throw ValidationError("say who asks with --as, or give a SQL text with --sql") }
    if live, sql == nil { throw ValidationError("--live goes with --sql") }
  }

  func perform() throws {
    let engine = DecisionEngine(policy: try place.load(client).policy)
    if let sql { return try explain(sql, engine) }
    let name = identity ?? ""
    guard let person = engine.policy.identity(named: name) ?? engine.policy.identity(unixUser: name) else {
      throw CommandFailure(.notFound, "the policy knows nobody called \(name)", next: "identities stand under `identities:`")
    }
    let decision = engine.decide(
      AccessQuestion(
        identity: person.name, groups: person.groups, scope: scope, lifetimeSeconds: lifetime?.seconds, reason: reason,
        ticket: ticket,
        delivery: delivery.flatMap { ScopeDelivery(rawValue: $0.delivery.rawValue) }, breakGlass: breakGlass),
      at: try time())
    let answer = ExplainedDecision(decision, enforcement: engine.policy.scope(named: scope)?.enforcement ?? .strict)
    try output.write(answer) { answer.write() }
    if !answer.granted { throw ExitCode.denied }
  }

  private func time() throws -> WallClock {
    guard let at else { return WallClock(secondsSince1970: Int(Date().timeIntervalSince1970)) }
    guard let date = try? Date(at, strategy: .iso8601) else {
      throw CommandFailure(.failure, "--at is no time: \(at)", next: "write it as 2026-08-03T10:00:00Z")
    }
    return WallClock(secondsSince1970: Int(date.timeIntervalSince1970))
  }

  private func explain(_ sql: String, _ engine: DecisionEngine) throws {
    guard let scope = engine.policy.scope(named: scope) else {
      throw CommandFailure(.notFound, "the policy has no scope \(scope)", next: "scopes stand under `scopes:`")
    }
    let parsed: ParsedText
    let analyser = try SQLAnalyser()
    do throws(ParseFailure) { parsed = try analyser.analyse(text: sql) } catch {
      throw CommandFailure(
        .failure, "it cannot be parsed: \(error.message)\(error.position.map { " at character \($0)" } ?? "")",
        next: "the proxy would answer the same and forward nothing")
    }
    let tables = live ? try client.client().masks(ofScope: scope.name).tables : nil
    let answer = ExplainedText(engine, scope, parsed, searchPath: searchPath.isEmpty ? ["public"] : searchPath, live: tables)
    try output.write(answer) { answer.write() }
    if answer.verdict == "refused" { throw ExitCode.denied }
  }
}
