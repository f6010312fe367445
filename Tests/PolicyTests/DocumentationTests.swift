import Foundation
import Policy
import SQLAnalysis
import Testing

/// docs/policy.md promises that its examples load, and so does the README.
@Suite struct DocumentationTests {
  static func examples(_ file: String = "docs/policy.md") throws -> [String] {
    let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let text = try String(contentsOf: root.appendingPathComponent(file), encoding: .utf8)
    return text.components(separatedBy: "```yaml\n").dropFirst().map { $0.components(separatedBy: "```")[0] }
  }

  /// The chunks of a YAML text that begin at its top-level keys.
  func sections(_ text: String) -> [(key: String, lines: String)] {
    var result: [(key: String, lines: String)] = []
    for line in text.components(separatedBy: "\n") {
      if let first = line.first, first.isLetter, let colon = line.firstIndex(of: ":") {
        result.append((String(line[..<colon]), ""))
      }
      if !result.isEmpty { result[result.count - 1].lines += line + "\n" }
    }
    return result
  }

  /// A fragment with the whole example's other sections.
  func whole(_ fragment: String, _ base: String) -> String {
    let own = sections(fragment)
    // The example's own tests speak of its own scopes and masks.
    let kept = sections(base).filter { section in !own.contains { $0.key == section.key } && section.key != "tests" }
    return (kept + own).map(\.lines).joined()
  }

  @Test func `every example of the reference loads, and its tests pass`() throws {
    let examples = try Self.examples()
    try #require(examples.count >= 8)
    let analyser = try SQLAnalyser()
    for (index, example) in examples.enumerated() {
      let text = index == 0 ? example : whole(example, examples[0])
      do throws(PolicyErrors) {
        let file = try PolicyFile.parse(text)
        #expect(file.warnings == [], "example \(index)")
        let outcomes = DecisionEngine(policy: file.policy).run(file.expectations) { text throws(ParseFailure) in
          try analyser.analyse(text: text).analysis
        }
        #expect(outcomes.filter { !$0.passed } == [], "example \(index)")
      } catch {
        Issue.record("example \(index): \(error)")
      }
    }
  }

  @Test func `the policy that the README begins with loads`() throws {
    let examples = try Self.examples("README.md")
    #expect(examples.count == 1)
    for example in examples { #expect(try PolicyFile.parse(example).warnings == []) }
  }

  @Test func `the reference names every statement class and every mask`() throws {
    let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let text = try String(contentsOf: root.appendingPathComponent("docs/policy.md"), encoding: .utf8)
    let words =
      StatementClass.allCases.map(\.rawValue) + MaskKind.allCases.map(\.rawValue) + GuardrailPreset.allCases.map(\.rawValue)
    for word in words { #expect(text.contains("`\(word)`"), "\(word)") }
  }

  @Test func `the starter's tests pass with the real parser`() throws {
    let text = try #require(StarterPolicy.text(cluster: "main", database: "shop", unixUser: "eve"))
    let file = try PolicyFile.parse(text)
    let analyser = try SQLAnalyser()
    let outcomes = DecisionEngine(policy: file.policy).run(file.expectations) { text throws(ParseFailure) in
      try analyser.analyse(text: text).analysis
    }
    #expect(outcomes.filter { !$0.passed } == [])
  }
}
