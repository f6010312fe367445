import SQLAnalysis
import Testing

@Suite struct PassTests {
  static let analyser = try? SQLAnalyser()

  private func analysis(_ sql: String) throws -> StatementAnalysis { try #require(Self.analyser).analyse(text: sql).analysis }

  static func classes(_ analysis: StatementAnalysis) -> String {
    analysis.classes.sorted().map(\.rawValue).joined(separator: " ")
  }

  static func relations(_ analysis: StatementAnalysis) -> String {
    analysis.statements.flatMap(\.relations).map { relation in
      let name = [relation.catalog, relation.schema, relation.name].compactMap { $0 }.joined(separator: ".")
      return "\(relation.access) \(name)@\(relation.offset)"
    }.joined(separator: ", ")
  }

  @Test(arguments: SQLCase.file("classes.sql"))
  func `a statement bears the classes of all that it does`(pair: SQLCase) throws {
    #expect(Self.classes(try analysis(pair.sql)) == pair.expected)
  }

  @Test(arguments: SQLCase.file("relations.sql"))
  func `relations are found where the text names them`(pair: SQLCase) throws {
    #expect(Self.relations(try analysis(pair.sql)) == pair.expected)
  }
}
