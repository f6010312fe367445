import ArgumentParser
import Policy
import SQLAnalysis

struct PolicyTestVerb: Verb {
  static let configuration = CommandConfiguration(
    commandName: "test", abstract: "Ask the policy what its tests expect.",
    discussion: """
      Tests stand under `tests:` in the policy file, and in policy.tests.yaml beside it if there is one. Exits with 1 when one fails.

      EXAMPLES
        issuerctl policy test
        issuerctl policy test --file policy.yaml --tests more.yaml
      """)

  @OptionGroup var client: ClientOptions
  @OptionGroup var place: PolicyPlace
  @OptionGroup var output: OutputOptions

  @Option(help: ArgumentHelp("A file of tests.", valueName: "path"))
  var tests: String?

  func perform() throws {
    let file = try place.load(client)
    let path = place.path(client)
    var expectations = file.expectations
    let beside = path.hasSuffix(".yaml") ? path.dropLast(5) + ".tests.yaml" : path + ".tests.yaml"
    if let tests {
      expectations += try read(tests, PolicyPlace.read(tests), file.policy)
    } else if let text = try? PolicyPlace.read(beside) {
      expectations += try read(beside, text, file.policy)
    }
    let analyser = try SQLAnalyser()
    let outcomes = DecisionEngine(policy: file.policy).run(expectations) { text throws(ParseFailure) in
      try analyser.analyse(text: text).analysis
    }
    let failed = outcomes.filter { !$0.passed }.count
    try output.write(outcomes) {
      let terminal = Terminal.standardOutput
      for outcome in outcomes {
        terminal.write(
          "\(outcome.passed ? terminal.styled("ok    ", .green) : terminal.styled("FAILED", .red)) \(Terminal.clean(outcome.name))"
        )
        if !outcome.passed { terminal.write("       line \(outcome.line): the policy says: \(Terminal.clean(outcome.answer))") }
      }
      terminal.write("\(outcomes.count) tests, \(failed) failed")
    }
    if failed > 0 { throw ExitCode.failure }
  }

  private func read(_ path: String, _ text: String, _ policy: Policy) throws -> [PolicyExpectation] {
    do throws(PolicyErrors) { return try PolicyFile.expectations(text, for: policy) } catch {
      throw PolicyPlace.tell(error, path)
    }
  }
}
