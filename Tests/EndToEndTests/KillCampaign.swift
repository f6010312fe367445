import Foundation
import TestSupport
import Testing

/// Processes killed at random moments, over one deployment. What is random comes from one seed, which a failure prints:
/// `ISSUER_KILL_SEED=N` asks, ends and kills in the same order again (as far as the machine's own timing lets it).
@Suite(.serialized) struct KillTests {
  static let seed = environment("ISSUER_KILL_SEED").flatMap { UInt64($0) } ?? UInt64.random(in: 1...999_999)
  static let isSoak = environment("ISSUER_SOAK") != nil

  private static func environment(_ name: String) -> String? { ProcessInfo.processInfo.environment[name] }

  static let shared = Result { try Deployment(blueprint) }

  static func deployment() throws -> Deployment { try shared.get() }

  /// - Parameter campaign: so that campaigns do not share their choices.
  static func generator(_ campaign: String, _ number: Int = 0) -> SeededGenerator {
    SeededGenerator(seed: campaign.utf8.reduce(seed &+ UInt64(number) &* 0x9e37_79b9) { $0 &* 1_099_511_628_211 ^ UInt64($1) })
  }

  /// How often a campaign kills.
  static func kills(_ short: Int, soak: Int) -> Range<Int> {
    0..<(environment("ISSUER_KILLS").flatMap { Int($0) } ?? (isSoak ? soak : short))
  }

  /// What every failure says, to be run again.
  static func replay(_ number: Int? = nil) -> Comment { "ISSUER_KILL_SEED=\(seed)\(number.map { ", kill \($0)" } ?? "")" }

  static let blueprint = Blueprint(
    databases: ["shop"], owner: "shop_owner",
    prepare: { server in
      try Blueprint.psql(
        server, "postgres", ["-c", "CREATE ROLE shop_owner NOLOGIN", "-c", "CREATE DATABASE shop OWNER shop_owner"])
      try Blueprint.psql(server, "shop", ["-c", "ALTER SCHEMA public OWNER TO shop_owner"])
      try Blueprint.psql(
        server, "shop",
        [
          "-c", "CREATE TABLE customers (id int PRIMARY KEY, email text, city text)",
          "-c", "INSERT INTO customers SELECT n, 'c' || n || '@example.com', 'Berlin' FROM generate_series(1, 500) AS n",
          "-c", "CREATE TABLE notes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, said text)",
        ], role: "shop_owner")
      try Blueprint.close(server, ["shop"])
    },
    policy: """
      version: 1
      cluster: main
      identities:
        dba: {login: unix, unixUser: \(NSUserName()), groups: [dba]}
        alice: {login: token, groups: [support]}
        bob: {login: token, groups: [leads]}
        carol: {login: token, groups: [leads]}
        ci: {login: token, groups: [ci]}
      operators: {users: [dba]}
      databases:
        shop:
          masks: {public.customers.email: email}
      scopes:
        read: {database: shop, privileges: [{tables: ["public.*"], grant: [select]}]}
        note:
          database: shop
          privileges: [{tables: [public.notes], grant: [select, insert]}]
        ci-read: {database: shop, delivery: [direct], privileges: [{tables: ["public.*"], grant: [select]}]}
        make:
          database: shop
          delivery: [direct]
          unmasked: true
          privileges: [{schemas: [public], grant: [usage, create]}]
      access:
        - {name: reads, who: {groups: [support, dba]}, scopes: [read, note], lifetime: {default: 5m, max: 1h}, reason: optional}
        - {name: ci, who: {groups: [ci]}, scopes: [ci-read, make], lifetime: {default: 5m, max: 1h}, reason: optional}
        - name: approved
          who: {groups: [leads]}
          scopes: [read]
          lifetime: {default: 5m, max: 1h}
          approvals: {count: 1, from: {groups: [leads]}}
      """)
}

extension SeededGenerator {
  /// True so many times in a hundred.
  mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
}
