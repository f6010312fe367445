/// Statements over the tables of `shopShadows`, of every kind that translation looks at.
struct RandomStatement {
  private var generator: SeededGenerator
  private var aliases = 0

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  mutating func statement() -> String {
    let query = query(depth: 3)
    switch Int.random(in: 0..<17, using: &generator) {
    case 11: return "UPDATE \(table()) AS users SET note = 'x' WHERE \(condition(1))" + generator.pick("", " RETURNING email, *")
    case 12: return "DELETE FROM \(table()) WHERE \(condition(1))" + generator.pick("", " RETURNING users.email AS e")
    case 13:
      return "PREPARE p AS SELECT 1 FROM \(table()) WHERE email = $1; EXECUTE "
        + generator.pick("p('x')", "\"p\" ( $$x$$ )", "p(NULL) -- p(")
    case 0: return "EXPLAIN (ANALYZE) " + query
    case 1: return "PREPARE p AS " + query
    case 2: return "DECLARE c CURSOR FOR " + query
    case 3: return "CREATE TEMP TABLE x AS " + query
    case 4: return "COPY (\(query)) TO STDOUT"
    case 5: return "INSERT INTO \(table()) " + query + generator.pick("", " RETURNING *", " RETURNING id")
    case 6: return "UPDATE \(table()) AS target SET note = (\(query))" + generator.pick("", " FROM \(item(1)) RETURNING target.*")
    case 7: return "DELETE FROM \(table()) AS target USING \(item(2)) WHERE \(condition(1))" + generator.pick("", " RETURNING *")
    case 8: return "COPY \(table()) " + generator.pick("", "(id, email)") + " TO STDOUT"
    case 9: return "MERGE INTO orders USING \(item(0)) ON true WHEN MATCHED THEN DELETE"
    case 10: return "SELECT 'ü'; \(query); SET search_path = app; \(query)"
    default: return query
    }
  }

  private mutating func query(depth: Int) -> String {
    var text = ""
    if generator.chance(20) {
      text =
        "WITH " + generator.pick("", "RECURSIVE ")
        + "\(generator.pick("users", "x", "payments")) AS (\(query(depth: depth - 1))) "
    }
    if depth > 0, generator.chance(10) {
      return text + "(\(query(depth: depth - 1))) UNION ALL (\(query(depth: depth - 1)))"
    }
    text += "SELECT \(target(depth)) FROM \(item(depth))"
    if generator.chance(50) { text += " WHERE " + condition(depth) }
    if generator.chance(20) { text += " GROUP BY " + generator.pick("id", "1", "users.id", "(id, email)", "ROLLUP (id)") }
    if generator.chance(10) { text += " ORDER BY email" }
    if generator.chance(10) { text += generator.pick(" FOR UPDATE", " FOR SHARE OF users") }
    return text
  }

  private mutating func target(_ depth: Int) -> String {
    if depth > 0, generator.chance(15) { return "(\(query(depth: depth - 1)))" }
    return generator.pick(
      "*", "users.*", "public.users.*", "id, email", "public.users.email", "shop.public.users.id", "count(*)", "users", "ctid",
      "U&\"em\\0061il\"", "'users', $q$ users $q$", "upper(email) || 'ü'")
  }

  private mutating func condition(_ depth: Int) -> String {
    if depth > 0, generator.chance(30) { return "EXISTS (\(query(depth: depth - 1)))" }
    return generator.pick(
      "true", "id = 5", "email = 'x'::text AND users.email = CAST($1 AS varchar) AND 'y' = public.users.email",
      "E'\\'' = email AND iban/**/=/**/'x'", "public.users.email LIKE 'a%'", "email = $1 /* users */", "u.id = 1 -- users\n")
  }

  private mutating func table() -> String {
    generator.pick(
      "users", "public.users", "\"public\" . \"users\"", "shop.public.users", "app.users", "payments", "orders",
      "U&\"\\0075sers\"",
      "public/* . */./**/payments", "Public.USERS", "U&\"p!0075blic\" UESCAPE '!'.users")
  }

  private mutating func item(_ depth: Int) -> String {
    aliases += 1
    let alias = generator.pick("", " u", " AS \"a\(aliases)\"")
    switch Int.random(in: 0..<(depth > 0 ? 10 : 5), using: &generator) {
    case 5: return "(\(query(depth: depth - 1))) AS s\(aliases)"
    case 6: return "\(item(depth - 1)) JOIN \(item(depth - 1)) ON true"
    case 7: return "(\(item(depth - 1)) NATURAL JOIN \(item(depth - 1)))"
    case 8: return "\(item(depth - 1)), LATERAL (\(query(depth: depth - 1))) l\(aliases)"
    case 9: return generator.pick("ONLY \(table())", "\(table()) TABLESAMPLE system (1)")
    default: return table() + alias
    }
  }
}
