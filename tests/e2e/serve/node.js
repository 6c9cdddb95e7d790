// node-postgres, as web applications and Cube, Metabase's kin and scripts use it.
const assert = require("node:assert");
const { Client, Pool } = require("pg");
const Cursor = require("pg-cursor");

async function main() {
  const client = new Client();
  await client.connect();
  // Types as JavaScript has them; BIGINT and NUMERIC come as text, as from PostgreSQL.
  const { rows, fields } = await client.query(
    "SELECT 1::int AS a, 2::bigint AS b, 1.5::float8 AS c, 1.25::numeric(6,2) AS d, true AS e, NULL::text AS f, DATE '2026-02-28' AS g, " +
    "TIMESTAMPTZ '2026-02-28 12:00:00+00' AS h, ARRAY['x','y'] AS i, INTERVAL '90 minutes' AS j");
  const [row] = rows;
  assert.deepStrictEqual([row.a, row.b, row.c, row.d, row.e, row.f, row.i], [1, "2", 1.5, "1.25", true, null, ["x", "y"]]);
  assert.strictEqual(row.h.toISOString(), "2026-02-28T12:00:00.000Z");
  assert.deepStrictEqual({ ...row.j }, { hours: 1, minutes: 30 });
  assert.deepStrictEqual(fields.map((field) => field.dataTypeID), [23, 20, 701, 1700, 16, 25, 1082, 1184, 1009, 1186]);
  // Parameters of all kinds, with and without a name.
  const asked = "SELECT count(*) AS n FROM contacts WHERE channel = ANY ($1) AND started_at >= $2 AND ($3::int IS NULL OR transfer_count >= $3)";
  const all = (await client.query("SELECT count(*) AS n FROM contacts WHERE channel IN ('voice', 'chat')")).rows[0].n;
  for (const name of [undefined, "kept", "kept"]) {
    const found = await client.query({ name, text: asked, values: [["voice", "chat"], new Date(0), null] });
    assert.strictEqual(found.rows[0].n, all);
  }
  assert.ok(Number(all) > 0);
  // An error has its code, place and hint, and the next statement is answered.
  await assert.rejects(client.query("SELECT qeue FROM queue_stints"), (error) => error.code === "42703" && error.position === "8" && !!error.hint);
  await assert.rejects(client.query("INSERT INTO contacts VALUES (1)"), { code: "25006" });
  await client.query("BEGIN");
  await assert.rejects(client.query("SELECT nosuch(1)"), { code: "42883" });
  await assert.rejects(client.query("SELECT 1"), { code: "25P02" });
  await client.query("ROLLBACK");
  // Rows piece by piece; what is not fetched is let go of.
  const cursor = client.query(new Cursor("SELECT x FROM generate_series(1, 1000000) a(x)"));
  assert.deepStrictEqual((await cursor.read(3)).map((one) => one.x), ["1", "2", "3"]);
  await cursor.close();
  assert.strictEqual((await client.query("SELECT 1 AS one; SELECT 2 AS two"))[1].rows[0].two, "2");
  await client.end();
  // A pool, and a timeout of its own.
  const pool = new Pool({ max: 4, statement_timeout: 500 });
  const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => pool.query("SELECT $1::int * 2 AS doubled", [i])));
  assert.deepStrictEqual(answers.map((answer) => Number(answer.rows[0].doubled)), Array.from({ length: 20 }, (_, i) => i * 2));
  await assert.rejects(pool.query("SELECT count(*) FROM events a, events b, events c, events d WHERE a.event_id < b.event_id AND c.event_id < d.event_id"), { code: "57014" });
  await pool.end();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
