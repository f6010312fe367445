import Foundation
import SQLAnalysis
import Testing

/// Pagila's schema, where it is at hand (`PAGILA_SCHEMA`, or the copy beside the repository).
@Suite struct RealInputTests {
  static let schema: String? = {
    let beside = URL(filePath: #filePath).appending(path: "../../../../shared/data/pagila/schema.sql").standardized.path
    let paths = [ProcessInfo.processInfo.environment["PAGILA_SCHEMA"], beside]
    return paths.compactMap { $0 }.lazy.compactMap { try? String(contentsOfFile: $0, encoding: .utf8) }.first
  }()

  @Test(.enabled(if: schema != nil)) func `every statement of Pagila's schema is known`() throws {
    let text = try #require(Self.schema)
    let analysis = try SQLAnalyser().analyse(text: text).analysis
    #expect(analysis.statements.count > 200)
    for statement in analysis.statements {
      let sql = String(decoding: Array(text.utf8)[statement.range], as: UTF8.self)
      #expect(!statement.classes.contains(.unknown), "\(sql)")
      #expect(!statement.classes.isEmpty, "\(sql)")
    }
  }
}
