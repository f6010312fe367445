import Foundation
import Testing

/// docs/operations.md names every setting and every metric that the sources have.
@Suite struct OperationsTests {
  private func document() throws -> String {
    try String(contentsOf: OpenAPIDocument.root.appending(path: "docs/operations.md"), encoding: .utf8)
  }

  private func words(_ file: String, _ pattern: Regex<(Substring, Substring)>) throws -> Set<String> {
    let text = try String(contentsOf: OpenAPIDocument.root.appending(path: file), encoding: .utf8)
    return Set(text.matches(of: pattern).map { String($0.1) })
  }

  @Test func `every setting of issuerd`() throws {
    let settings = try words(
      "Sources/Issuer/Configuration/IssuerConfiguration.swift",
      /(?:tring|nteger|choice|strings|mode|ath|ection|uids)\((?:root, )?(?:of: )?"(\w+)"/)
    try #require(settings.count > 30)
    let text = try document()
    for setting in settings { #expect(text.contains(setting), "\(setting)") }
  }

  @Test func `every setting of the proxy`() throws {
    let settings = try words(
      "Sources/Proxy/Configuration/ProxyConfiguration+Loading.swift", /(?:text|required|number|flag|choice|node|section)\("(\w+)"/
    )
    try #require(settings.count > 20)
    let text = try document()
    for setting in settings { #expect(text.contains(setting), "\(setting)") }
  }

  @Test func `every metric`() throws {
    let metrics = try words("Sources/Issuer/Service/Metrics.swift", /"(issuer_\w+)"/).union(
      words("Sources/Issuer/Service/IssuerService+Status.swift", /"(issuer_\w+)"/)
    ).union(words("Sources/Proxy/Operate/Metrics.swift", /"(issuer_\w+)"/))
    try #require(metrics.count > 20)
    let text = try document()
    for metric in metrics { #expect(text.contains("`\(metric)`"), "\(metric)") }
  }
}
