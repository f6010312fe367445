import Foundation
import Testing

@testable import Policy

@Suite struct LookupPolicyTests {
  private func text(_ masks: [String], limits: String = "") -> String {
    """
    \(Examples.head)
    databases:
      shop:
        masks:
    \(masks.map { "      " + $0 }.joined(separator: "\n"))
    scopes:
      read:
        database: shop
        privileges: [{tables: ["public.*"], grant: [select]}]
    \(limits)
    access:
      - {name: all, who: {users: [alice]}, scopes: [read], lifetime: {max: 1h}}
    """
  }

  private func policy(_ masks: [String], limits: String = "") throws -> Policy {
    try PolicyFile.parse(text(masks, limits: limits)).policy
  }

  @Test func `a column may be looked up only where policy says so`() throws {
    let policy = try policy([
      "public.users.email: {mask: email, lookup: equality}", "public.users.phone: last4",
      "public.users.name: {mask: partial, lookup: none}", "\"*.*_mail\": {mask: redact}",
    ])
    let masks = try #require(policy.database(named: "shop")).masks
    #expect(masks.map(\.lookup) == [.equality, nil, nil, nil])
    #expect(masks.map(\.kind) == [.email, .last4, .partial, .redact])
    // sql/shadows/labels.sql reads this word.
    let json = String(decoding: try JSONEncoder().encode(masks[0]), as: UTF8.self)
    #expect(json.contains(#""lookup":"equality""#))
  }

  @Test(arguments: [
    "public.users.born: {mask: year, lookup: equality}", "public.users.born: {mask: month, lookup: equality}",
    "public.users.salary: {mask: bucket, lookup: equality}", "public.users.secret: {mask: deny, lookup: equality}",
    "public.users.open: {mask: free, lookup: equality}", "\"type:citext\": {mask: redact, lookup: equality}",
    "public.users.email: {mask: email, lookup: prefix}", "public.users.email: {lookup: equality}",
    "public.users.email: {mask: email, lookups: equality}", "public.users.email: [email]",
  ])
  func `a look-up that would be a dictionary, or that nobody can mean, does not load`(mask: String) {
    #expect(Examples.errors(text([mask])).count == 1)
  }

  @Test func `the number of look-ups a minute is a limit like others`() throws {
    let mask = "public.users.email: {mask: email, lookup: equality}"
    #expect(try policy([mask]).scope(named: "read")?.limits.lookupsPerMinuteMax == nil)
    #expect(try policy([mask], limits: "limits: {lookupsPerMinuteMax: 5}").scope(named: "read")?.limits.lookupsPerMinuteMax == 5)
    #expect(Examples.errors(text([mask], limits: "limits: {lookupsPerMinuteMax: 0}")).count == 1)
  }

  @Test func `a column's look-up goes to the proxy and back`() throws {
    let column = MaskedTable.Column(
      name: "token", number: 4, type: "uuid", mask: .hash, rule: "r",
      lookup: ColumnLookup(function: "iss_lookup_1_4", key: ["id"], type: "pg_catalog.uuid", form: .uuid))
    #expect(try JSONDecoder().decode(MaskedTable.Column.self, from: JSONEncoder().encode(column)) == column)
    let without = Data(#"{"name": "a", "number": 1, "type": "text", "mask": "email"}"#.utf8)
    #expect(try JSONDecoder().decode(MaskedTable.Column.self, from: without).lookup == nil)
  }
}
