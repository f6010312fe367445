import TestSupport
import Testing

/// Leases that change the schema.
extension PagilaTests {
  @Test func `what a migration makes belongs to the application's owner, and stays when the lease ends`() throws {
    let cleanUp = "DROP SCHEMA IF EXISTS e2e_made CASCADE; DROP TABLE IF EXISTS public.e2e_coupon CASCADE"
    defer { _ = try? Blueprint.psql(deployment.server, "pagila", ["-c", cleanUp]) }
    let script = """
      set -e
      psql -X -v ON_ERROR_STOP=1 -Atq <<'SQL'
      SELECT session_user, current_user;
      CREATE TABLE public.e2e_coupon (id serial PRIMARY KEY, code text NOT NULL, customer_id int REFERENCES public.customer);
      CREATE INDEX ON public.e2e_coupon (code);
      CREATE VIEW public.e2e_coupons AS SELECT code FROM public.e2e_coupon;
      CREATE FUNCTION public.e2e_count() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM public.e2e_coupon';
      INSERT INTO public.e2e_coupon (code, customer_id) VALUES ('WELCOME', 1);
      ALTER TABLE public.film ADD COLUMN e2e_note text;
      ALTER TABLE public.film DROP COLUMN e2e_note;
      SQL
      """
    let run = try deployment.ctl(.ci, ["run", "migrate", "--", "bash", "-c", script])
    #expect(run.status == 0, "\(run.output)\(run.errors)")
    let who = run.output.trimmingCharacters(in: .newlines).split(separator: "|").map(String.init)
    #expect(who.count == 2 && who[0].hasPrefix("jit_ci_") && who[1] == "pagila_owner", "\(run.output)")
    try eventually("the role to go") { try !deployment.roleExists(who[0]) }
    let owners = try deployment.truth(
      """
      SELECT c.relname::text AS name, pg_get_userbyid(c.relowner) AS owner FROM pg_class c WHERE c.relname ~ '^e2e_coupon'
      UNION ALL SELECT proname, pg_get_userbyid(proowner) FROM pg_proc WHERE proname = 'e2e_count' ORDER BY 1
      """, database: "pagila")
    #expect(
      owners.map { $0[0] ?? "" } == [
        "e2e_count", "e2e_coupon", "e2e_coupon_code_idx", "e2e_coupon_id_seq", "e2e_coupon_pkey", "e2e_coupons",
      ])
    #expect(owners.allSatisfy { $0[1] == "pagila_owner" }, "\(owners)")
    #expect(try deployment.count("SELECT public.e2e_count()", database: "pagila") == 1)
    // The next migration may change what this one made.
    let next = try deployment.ctl(
      .ci, ["run", "migrate", "--", "psql", "-XAtqc", "ALTER TABLE public.e2e_coupon ADD COLUMN until date"])
    #expect(next.status == 0, "\(next.errors)")
  }

  @Test func `a migration that fails leaves nothing, and its code is the command's`() throws {
    let run = try deployment.ctl(
      .ci,
      [
        "run", "migrate", "--", "psql", "-X", "-v", "ON_ERROR_STOP=1", "-1", "-c", "CREATE TABLE e2e_half (id int)", "-c",
        "SELECT 1/0",
      ])
    #expect(run.status == 1, "\(run.errors)")
    #expect(try deployment.count("SELECT count(*) FROM pg_class WHERE relname = 'e2e_half'", database: "pagila") == 0)
  }
}
