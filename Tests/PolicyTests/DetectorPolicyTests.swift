import Detectors
import Foundation
import Testing

@testable import Policy

@Suite struct DetectorPolicyTests {
  private func text(_ file: String = "", scope: String = "", more: String = "") -> String {
    """
    \(Examples.head)
    databases: {shop: }
    \(file)
    scopes:
      read:
        database: shop
        privileges: [{tables: ["public.*"], grant: [select]}]
        \(more)
        \(scope)
    access:
      - {name: all, who: {users: [alice]}, scopes: [read], lifetime: {max: 1h}}
    """
  }

  private func rules(_ file: String = "", scope: String = "", more: String = "") throws -> DetectorRules {
    try #require(try PolicyFile.parse(text(file, scope: scope, more: more)).policy.scope(named: "read")).detectors
  }

  @Test func `without a word nothing is looked for`() throws { #expect(try rules() == [:]) }

  @Test func `a scope's entries stand over the file's, and one kind over all`() throws {
    #expect(try rules("detectors: {email: mask-match}") == [.email: .maskMatch])
    #expect(
      try rules("detectors: {card: off, all: alarm, key: mask-value}")
        == [.email: .alarm, .phone: .alarm, .iban: .alarm, .nationalID: .alarm, .token: .alarm, .key: .maskValue])
    #expect(
      try rules("detectors: {email: mask-match, iban: alarm}", scope: "detectors: {iban: mask-value, national-id: mask-match}")
        == [.email: .maskMatch, .iban: .maskValue, .nationalID: .maskMatch])
    #expect(try rules("detectors: {email: mask-match}", scope: "detectors: off") == [:])
    #expect(try rules("detectors: {email: mask-match}", scope: "detectors: {email: off}") == [:])
  }

  @Test func `who reads base tables is spared the file's detectors, and gets the scope's own`() throws {
    #expect(try rules("detectors: {email: mask-match}", more: "unmasked: true") == [:])
    #expect(
      try rules("detectors: {email: mask-match}", scope: "detectors: {key: alarm}", more: "unmasked: true") == [.key: .alarm])
  }

  @Test func `what the proxy would have to do is refused where there is no proxy`() throws {
    #expect(
      Examples.errors(text(scope: "detectors: {key: alarm}", more: "delivery: [direct]")).contains {
        $0.contains("delivered directly")
      })
    #expect(try rules("detectors: {key: alarm}", more: "delivery: [proxy, direct]") == [.key: .alarm])
  }

  @Test(arguments: [
    ("detectors: {emial: mask-match}", "no detector `emial`"), ("detectors: {passport: alarm}", "no detector `passport`"),
    ("detectors: {email: mask}", "no action that exists"), ("detectors: [email]", "must be a mapping"),
    ("detectors: {email: [alarm]}", "no action that exists"), ("detectors: on", "must be a mapping"),
  ])
  func `a word that means nothing is told with its place`(_ file: String, _ message: String) {
    let errors = Examples.errors(text(file))
    #expect(errors.count == 1 && errors[0].contains(message), "\(errors)")
  }

  @Test func `the rules go to the proxy and back`() throws {
    let policy = SessionPolicy(
      scope: "s", guardrails: [], limits: SessionLimits(), maskedTables: [], recordsParameters: true,
      detectors: [.nationalID: .maskValue, .email: .alarm])
    let json = try JSONEncoder().encode(policy)
    #expect(String(decoding: json, as: UTF8.self).contains(#""national-id":"mask-value""#))
    #expect(try JSONDecoder().decode(SessionPolicy.self, from: json) == policy)
  }

  @Test func `the reference names every kind and every action`() throws {
    let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let text = try String(contentsOf: root.appendingPathComponent("docs/policy.md"), encoding: .utf8)
    for word in DetectorKind.allCases.map(\.rawValue) + DetectorAction.allCases.map(\.rawValue) {
      #expect(text.contains("`\(word)`"), "\(word)")
    }
  }
}
