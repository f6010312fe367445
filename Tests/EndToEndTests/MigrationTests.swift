import Foundation
import PostgresClient
import Synchronization
import TestSupport
import Testing

/// A migration of fifty statements while people read through the proxy (docs/masking.md, Migrations). ShadowMigrationTests has the same
/// without the proxy, on every version.
@Suite struct MigrationTests {
  private static let blueprint = Blueprint(
    databases: ["shop"], owner: "shop_owner",
    prepare: { server in
      try Blueprint.psql(
        server, "postgres",
        [
          "-c", "CREATE ROLE shop_owner LOGIN PASSWORD '\(server.superuserPassword)'", "-c",
          "CREATE DATABASE shop OWNER shop_owner",
        ])
      try Blueprint.psql(server, "shop", ["-c", "GRANT CREATE ON SCHEMA public TO shop_owner"])
      try Blueprint.psql(server, "shop", ["-c", ShopMigration.tables], role: "shop_owner")
      try Blueprint.close(server, ["shop"])
    },
    policy: """
      version: 1
      cluster: main
      identities:
        dba: {login: unix, unixUser: \(NSUserName()), groups: [dba]}
        alice: {login: token, groups: [support]}
        bob: {login: token}
        carol: {login: token}
        ci: {login: token}
      operators: {users: [dba]}
      databases:
        shop:
          masks: {public.users.email: email, public.events.email: email}
      scopes:
        read: {database: shop, privileges: [{tables: [public.users, public.orders, public.events], grant: [select]}]}
      access:
        - {name: all, who: {groups: [support]}, scopes: [read], lifetime: {max: 1h}, reason: optional}

      """)

  /// How a client sends its statements.
  private enum Form: CaseIterable { case simple, extended, prepared }

  /// Of columns that the migration leaves as they are; of one masked table, and of two, whose locks are taken one after the other.
  private static let statements = [
    "SELECT id, email FROM users WHERE id < 20", "SELECT u.id, e.email FROM events e JOIN users u USING (id) WHERE u.id < 20",
    "SELECT id, email FROM events ORDER BY id LIMIT 20", "SELECT count(*), min(email) FROM users",
  ]

  /// What readers saw; shared with their threads.
  private final class Sightings: Sendable {
    struct State {
      var isOver = false
      var reads = 0
      var raw: [String] = []
      var errors: [String] = []
      /// What the migration is at.
      var statement = ""
    }
    let state = Mutex(State())
    var isOver: Bool { state.withLock { $0.isOver } }
    var isRenaming: Bool { state.withLock { $0.statement.contains(" RENAME TO ") } }
  }

  private static func read(_ connection: PostgresConnection, _ sql: String, _ form: Form, _ seen: Sightings) {
    let isRenaming = seen.isRenaming
    do {
      let answer =
        switch form {
        case .simple: try connection.execute(script: sql)
        case .extended: try connection.query(sql)
        case .prepared: try connection.queryPrepared(sql)
        }
      let values = answer.rows.flatMap { row in answer.columns.indices.map { row[$0] ?? "" } }
      seen.state.withLock {
        $0.reads += 1
        $0.raw += values.filter { $0.contains("canary") || $0.contains("secret") }
      }
    } catch {
      // As of a table that there is not for a moment, or whose column has another type now.
      if error.sqlState == "42P01", isRenaming || seen.isRenaming { return }
      if error.sqlState == "0A000", form == .prepared { return }
      seen.state.withLock { $0.errors.append("\(form): \(sql): \(error)") }
    }
  }

  @Test func `people who read through the proxy see masks all the while, and no deadlock`() throws {
    let deployment = try Deployment(Self.blueprint)
    try deployment.place.takeBack()
    let made = try deployment.place.initialise(["--event-trigger"])
    #expect(made.steps.contains { $0.subject == "event trigger in shop" && $0.outcome == "done" })
    try deployment.place.giveAway()
    let grant = try deployment.grant(.alice, "read")
    let seen = Sightings()
    let readers = DispatchGroup()
    for form in Form.allCases {
      readers.enter()
      Thread.detachNewThread {
        defer { readers.leave() }
        do {
          let connection = try deployment.connect(grant)
          while !seen.isOver {
            for sql in Self.statements { Self.read(connection, sql, form, seen) }
          }
        } catch { seen.state.withLock { $0.errors.append("\(form): \(error)") } }
      }
    }
    defer {
      seen.state.withLock { $0.isOver = true }
      readers.wait()
    }
    let owner = try deployment.server.connect(
      user: "shop_owner", password: deployment.server.superuserPassword, database: "shop")
    for statement in ShopMigration.statements {
      seen.state.withLock { $0.statement = statement }
      try Self.migrate(owner, statement)
    }
    seen.state.withLock {
      #expect($0.reads > 100)
      #expect($0.raw == [])
      #expect($0.errors == [])
    }
    #expect(try deployment.psql(grant, "SELECT full_name, email FROM users WHERE id = 1").output == "name1|c***@***.example\n")
  }

  /// The deadlock detector may choose the migration, too; tools run it again.
  private static func migrate(_ owner: PostgresConnection, _ statement: String) throws {
    var attempts = 5
    while attempts > 0 {
      attempts -= 1
      do {
        _ = try owner.execute(script: statement)
        return
      } catch {
        if error.sqlState != .deadlockDetected || attempts == 0 { throw error }
      }
    }
  }
}
