import Foundation
import PostgresClient
import TestSupport
import Testing

/// The whole way with real input, as people and their programs go it. The parts are in PagilaTests+*.swift.
@Suite(.serialized, .enabled(if: Pagila.folder != nil, "Pagila is in ../shared/data, which a plain clone has not"))
struct PagilaTests {
  let deployment: Deployment

  init() throws { deployment = try Pagila.deployment() }

  /// The SQLSTATE of what fails, nil when it does not.
  static func state(_ body: () throws -> Void) -> String? {
    do { try body() } catch let error as PostgresError { return error.sqlState.code } catch { return "\(error)" }
    return nil
  }

  // MARK: Reading, with psql

  @Test func `masked columns are masked in tables, joins, whole rows, JSON and COPY, and all others are as they are`() throws {
    let grant = try deployment.grant(.alice, "support-read")
    let raw = try deployment.truth(
      """
      SELECT email, last_name FROM customer
      WHERE customer_id <= 20 AND last_name NOT IN (SELECT first_name FROM customer)
      """, database: "pagila")
    #expect(raw.count > 10)
    let statements = [
      "SELECT * FROM customer WHERE customer_id <= 20",
      "SELECT c.*, a.phone FROM customer c JOIN address a USING (address_id) LIMIT 50",
      "SELECT c FROM customer c WHERE customer_id <= 20", "SELECT row_to_json(c) FROM public.customer c WHERE customer_id <= 20",
      "SELECT c::text || '' FROM customer c WHERE customer_id <= 20", "COPY customer TO STDOUT",
      "COPY (SELECT email, last_name FROM customer) TO STDOUT WITH (FORMAT csv, HEADER)",
      "WITH x AS (SELECT * FROM customer) SELECT max(email), min(last_name) FROM x",
      "SELECT string_agg(email || last_name, ',') FROM pagila.public.customer",
      "SELECT (SELECT email FROM customer i WHERE i.customer_id = o.customer_id) FROM customer o LIMIT 20",
      "BEGIN; DECLARE c CURSOR FOR SELECT * FROM customer; FETCH 20 FROM c; COMMIT",
      "PREPARE p AS SELECT * FROM customer; EXECUTE p", "SELECT * FROM customer_list WHERE id <= 20",
      "SELECT v.name, v.phone FROM public.customer_list v JOIN customer c ON c.customer_id = v.id WHERE v.id <= 20",
    ]
    for statement in statements {
      let shown = try deployment.psql(grant, statement)
      #expect(shown.status == 0, "\(statement): \(shown.errors)")
      #expect(!shown.output.isEmpty)
      for row in raw {
        #expect(!shown.output.contains(try #require(row[0])), "\(statement) shows an address")
        // Surnames are whole cells, or stand between separators: MARY is no leak of RY.
        let names = shown.output.split { !$0.isLetter && $0 != "*" }
        #expect(!names.contains { $0 == row[1]! }, "\(statement) shows \(row[1]!)")
      }
    }
    let free =
      "SELECT customer_id, store_id, first_name, address_id, activebool, last_update, active FROM customer ORDER BY customer_id"
    let mine = try deployment.psql(grant, free).output
    #expect(mine == (try Blueprint.psql(deployment.server, "pagila", ["-c", free])))
    let crm = try deployment.psql(grant, "SELECT email FROM crm.customer").output
    #expect(crm == "free@crm.example\n")
    let joins =
      "SELECT count(*), count(DISTINCT f.film_id), sum(i.inventory_id) FROM rental r JOIN inventory i USING (inventory_id)"
      + " JOIN film f USING (film_id) JOIN customer c ON c.customer_id = r.customer_id WHERE c.active = 1"
    #expect(try deployment.psql(grant, joins).output == (try Blueprint.psql(deployment.server, "pagila", ["-c", joins])))
  }

  @Test func `what would go round the masks is refused by PostgreSQL itself`() throws {
    let grant = try deployment.grant(.alice, "support-read")
    for road in [
      "SELECT query_to_xml('SELECT email FROM public.customer', true, false, '')", "SELECT * FROM rental_by_category",
      "SELECT * FROM rewards_report(7, 20)", "SELECT * FROM ONLY public.customer",
    ] {
      let shown = try deployment.psql(grant, "\\set VERBOSITY verbose", road, "SELECT 'alive'")
      #expect(shown.errors.contains("42501") || shown.errors.contains("0A000"), "\(road): \(shown.errors)\(shown.output)")
      #expect(shown.output == "alive\n")
      #expect(!shown.output.contains("@"))
    }
  }

  @Test func `partitions are masked like their parent, and statistics are hidden`() throws {
    let grant = try deployment.grant(.alice, "support-read")
    let odd = "SELECT count(*) FROM payment WHERE amount <> trunc(amount)"
    #expect(try deployment.psql(grant, odd, odd.replacing("payment", with: "payment_p2022_01")).output == "0\n0\n")
    #expect(try deployment.count(odd, database: "pagila") > 1000)
    try Blueprint.psql(deployment.server, "pagila", ["-c", "ANALYZE customer"])
    let statistics = "SELECT attname FROM pg_stats WHERE tablename = 'customer' ORDER BY attname"
    #expect(
      try deployment.psql(grant, statistics).output
        == "active\nactivebool\naddress_id\ncustomer_id\nfirst_name\nlast_update\nstore_id\n")
  }

  @Test func `errors point at the place where the person wrote it`() throws {
    let grant = try deployment.grant(.alice, "support-read")
    let written = """
      SELECT 1;
      SELECT c.email,
        c.nope
      FROM customer c JOIN address a USING (address_id);
      SELECT email FROM customer WHERE first_name = 'MARY' AND;
      SELECT 'still here';
      """
    let shown = try deployment.psql(grant, input: written)
    #expect(shown.errors.contains("ERROR:  column c.nope does not exist\nLINE 2:   c.nope\n          ^"), "\(shown.errors)")
    #expect(
      shown.errors.contains(
        "LINE 1: SELECT email FROM customer WHERE first_name = 'MARY' AND;\n"
          + String(repeating: " ", count: 8 + "SELECT email FROM customer WHERE first_name = 'MARY' AND".count) + "^"),
      "\(shown.errors)")
    #expect(shown.output.hasSuffix("still here\n"))
  }

  @Test(arguments: [
    "\\d", "\\d customer", "\\d+ film", "\\dt", "\\dv", "\\df", "\\di", "\\ds", "\\dn", "\\du", "\\l", "\\dT", "\\dp",
  ])
  func `psql's own commands work`(command: String) throws {
    let grant = try deployment.grant(.alice, "support-read")
    let shown = try deployment.psql(grant, command)
    #expect(shown.status == 0)
    #expect(shown.errors == "")
    #expect(!shown.output.isEmpty)
    // What a person sees first is the table's own structure.
    if command == "\\d customer" {
      #expect(shown.output == (try Blueprint.psql(deployment.server, "pagila", ["-c", command])))
    }
  }

  @Test func `a refusal keeps the session, and the transaction as PostgreSQL would have it`() throws {
    let grant = try deployment.grant(.alice, "support-read")
    let shown = try deployment.psql(
      grant,
      input: """
        \\set VERBOSITY verbose
        DROP TABLE film;
        SELECT 'a';
        BEGIN;
        SELECT 'b';
        DROP TABLE film;
        SELECT 'never';
        ROLLBACK;
        BEGIN;
        SAVEPOINT s;
        DELETE FROM film;
        ROLLBACK TO s;
        SELECT 'c';
        COMMIT;
        BEGIN; DROP TABLE film;
        SELECT 'nor this'; COMMIT;
        SELECT 'd';
        """)
    #expect(shown.output == "a\nb\nc\nd\n", "\(shown.output)\(shown.errors)")
    #expect(shown.errors.components(separatedBy: "42501").count == 5, "\(shown.errors)")
    #expect(shown.errors.contains("25P02"), "\(shown.errors)")
    #expect(shown.errors.contains("read-only"))
    #expect(shown.errors.contains("HINT:"))
  }

  @Test func `writing works where policy says so, and what the row returns stays masked`() throws {
    let grant = try deployment.grant(.alice, "desk")
    let shown = try deployment.psql(
      grant, "UPDATE customer SET active = 1 WHERE customer_id = 3 RETURNING customer_id, active",
      "BEGIN; UPDATE rental SET return_date = now() WHERE rental_id = 1; ROLLBACK",
      "UPDATE customer SET first_name = 'ANNE' WHERE customer_id = 4")
    #expect(shown.status == 0, "\(shown.errors)")
    #expect(shown.output == "3|1\n", "\(shown.output)\(shown.errors)")
    #expect(
      try deployment.count("SELECT count(*) FROM customer WHERE first_name = 'ANNE' AND customer_id = 4", database: "pagila") == 1
    )
    // A masked column is not written either: a careless client would write the placeholder back.
    let careless = try deployment.psql(
      grant, "\\set VERBOSITY verbose", "UPDATE customer SET email = email WHERE customer_id = 4")
    #expect(careless.errors.contains("42501"), "\(careless.errors)")
    for whole in [
      "UPDATE rental SET staff_id = 1", "DELETE FROM rental WHERE true", "UPDATE rental SET staff_id = 1 WHERE 1 = 1",
    ] {
      let refused = try deployment.psql(grant, "\\set VERBOSITY verbose", whole)
      #expect(refused.errors.contains("42501") && refused.errors.contains("safe-writes"), "\(whole): \(refused.errors)")
    }
    let leak = try deployment.psql(grant, "UPDATE customer SET first_name = email WHERE customer_id = 5 RETURNING first_name")
    #expect(!leak.output.contains("@sakila"), "\(leak.output)")
    #expect(
      try deployment.count("SELECT count(*) FROM customer WHERE first_name LIKE '%@sakila%'", database: "pagila") == 0)
  }
}
