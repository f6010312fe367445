// node-pg through the proxy, one line a feature.
const fs = require("fs");
const { Client } = require("pg");
const Cursor = require("pg-cursor");

const connect = async (user, password, database, authority = process.env.PGSSLROOTCERT) => {
  const client = new Client({
    host: process.env.PGHOST, port: Number(process.env.PGPORT), user, password, database,
    ssl: { ca: fs.readFileSync(authority, "utf8"), rejectUnauthorized: true },
  });
  await client.connect();
  return client;
};
const expect = (condition, what = "not as expected") => { if (!condition) throw new Error(what); };
const feature = async (name, body) => {
  try {
    console.log(`PASS ${name} ${(await body()) || ""}`.trim());
  } catch (error) {
    console.log(`FAIL ${name} ${String(error).replace(/\s+/g, " ")}`);
  }
};
const fails = async (promise, code) => {
  try { await promise; } catch (error) {
    expect(error.code === code, `${error.code} in place of ${code}`);
    return;
  }
  throw new Error(`no ${code}`);
};

(async () => {
  console.log(`CLIENT node-pg ${require("pg/package.json").version} (Node ${process.versions.node.split(".")[0]})`);
  const { PGUSER, PGPASSWORD, PGDATABASE, SECOND_USER, SECOND_PASSWORD, SECOND_DATABASE, CLIENT_WRONG_CA } = process.env;
  const one = await connect(PGUSER, PGPASSWORD, PGDATABASE);
  const two = await connect(SECOND_USER, SECOND_PASSWORD, SECOND_DATABASE);

  await feature("tls", async () => {
    try { await connect(PGUSER, PGPASSWORD, PGDATABASE, CLIENT_WRONG_CA); } catch { return "verified; a wrong authority is refused"; }
    throw new Error("a wrong authority is accepted");
  });
  await feature("simple", async () => {
    const results = await one.query("SELECT 1 AS x; SELECT 2 AS x");
    expect(results.length === 2 && results[1].rows[0].x === 2);
    expect(!(await one.query("SELECT email FROM people WHERE id = 7")).rows[0].email.startsWith("person"));
  });
  await feature("parameters", async () => {
    const { rows } = await one.query("SELECT $1::int + 1 AS x, $2::text AS y", [41, "größe"]);
    expect(rows[0].x === 42 && rows[0].y === "größe");
  });
  console.log("N/A binary this version sends a Bind that PostgreSQL refuses as well");
  console.log("N/A copy needs pg-copy-streams, which Debian has not");
  await feature("big", async () => {
    expect((await one.query("SELECT n, repeat('x', 1000) FROM generate_series(1, 20000) AS n")).rows.length === 20000);
  });
  await feature("cursor", async () => {
    const cursor = one.query(new Cursor("SELECT id, email FROM people ORDER BY id"));
    const parts = [];
    do parts.push((await cursor.read(200)).length); while (parts.at(-1) > 0);
    await cursor.close();
    expect(parts.join() === "200,200,100,0", parts.join());
    return "pg-cursor: a portal that is suspended";
  });
  await feature("error", async () => {
    await one.query("BEGIN");
    await fails(one.query("SELECT 1 / 0"), "22012");
    await fails(one.query("SELECT $1::int", [1]), "25P02");
    await one.query("ROLLBACK");
    expect((await one.query("SELECT 3 AS x")).rows[0].x === 3);
  });
  console.log("N/A cancel node-pg's sends nothing over TLS");
  await feature("notice", async () => {
    const seen = [];
    one.on("notice", (notice) => seen.push(notice.message));
    await one.query("DO $$ BEGIN RAISE NOTICE 'hello'; END $$");
    expect(seen.join() === "hello", seen.join());
  });
  await feature("notify", async () => {
    const heard = new Promise((resolve) => two.on("notification", (message) => resolve(message.payload)));
    await two.query("LISTEN news");
    await two.query("NOTIFY news, 'payload'");
    expect((await heard) === "payload");
  });
  await feature("prepared", async () => {
    for (let number = 1; number <= 20; number++) {
      const { rows } = await one.query({ name: "p", text: "SELECT name, email FROM people WHERE id = $1", values: [number] });
      expect(rows[0].name === `Person ${number}` && !rows[0].email.startsWith("person"));
    }
  });
  await feature("databases", async () => {
    const names = await Promise.all([one, two].map(async (client) => (await client.query("SELECT current_database() AS x")).rows[0].x));
    expect(names.join() === [PGDATABASE, SECOND_DATABASE].join());
  });
  await Promise.all([one.end(), two.end()]);
})().catch((error) => { console.error(error); process.exit(1); });
