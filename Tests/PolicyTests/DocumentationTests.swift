import Foundation
import Policy
import SQLAnalysis
import Testing

/// docs/policy.md promises that its examples load, and so does the README.
@Suite struct DocumentationTests {
  static func text(_ file: String) throws -> String {
    let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return try String(contentsOf: root.appendingPathComponent(file), encoding: .utf8)
  }

  static func examples(_ file: String = "docs/policy.md") throws -> [String] {
    try text(file).components(separatedBy: "```yaml\n").dropFirst().map { $0.components(separatedBy: "```")[0] }
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

  /// A policy with a fragment's entries behind those of its own sections.
  func merged(_ fragment: String, _ base: String) -> String {
    let own = sections(fragment)
    return sections(base).map { section in
      section.lines + own.filter { $0.key == section.key }.map { $0.lines.drop { $0 != "\n" }.dropFirst() }.joined()
    }
    .joined()
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

  @Test func `what the example gives an agent loads, and the page about agents shows it as it is`() throws {
    let file = try PolicyFile.parse(merged(Self.text("examples/mcp/policy.yaml"), Self.examples("README.md")[0]))
    #expect(file.warnings == [])
    #expect(file.policy.scopes.contains { $0.name == "agent-read" })
    let page = try Self.text("docs/agents.md").replacing("\n   ", with: "\n")
    #expect(page.contains("```json\n" + (try Self.text("examples/mcp/mcp.json")) + "```"))
  }

  @Test func `the reference names every statement class and every mask`() throws {
    let text = try Self.text("docs/policy.md")
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
