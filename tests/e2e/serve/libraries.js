// postgres.js, which waits for what Parse and Describe say before it goes on, and Sequelize, which sets the zone as an interval.
const assert = require("node:assert");
const postgres = require("postgres");
const { DataTypes, Op, QueryTypes, Sequelize, col, fn } = require("sequelize");

const { PGHOST, PGPORT, PGUSER, PGPASSWORD } = process.env;
const place = `postgres://${PGUSER}:${encodeURIComponent(PGPASSWORD)}@${PGHOST}:${PGPORT}/trunkline`;

async function postgresJs() {
  const sql = postgres(place, { max: 2 });
  const [{ count: all }] = await sql`SELECT count(*) FROM queue_stints WHERE channel = ${"voice"} AND enqueued_at < ${new Date()}`;
  assert.ok(Number(all) > 0);
  const [{ count: listed }] = await sql`SELECT count(*) FROM queue_stints WHERE channel = ANY(${["voice"]}) AND queue IN ${sql(["sales", "support", "billing", "orders", "overflow"])}`;
  assert.strictEqual(listed, all);
  // An error in what has parameters is heard at once: there is no Sync before it.
  await assert.rejects(sql`SELECT nope FROM queue_stints WHERE channel = ${"voice"}`, { code: "42703" });
  await assert.rejects(sql`INSERT INTO queue_stints ${sql({ queue: "x" })}`, { code: "25006" });
  let rows = 0;
  for await (const some of sql`SELECT * FROM queue_stints WHERE channel = ${"voice"}`.cursor(50)) rows += some.length;
  assert.strictEqual(String(rows), all);
  let copied = "";
  for await (const piece of await sql`COPY (SELECT DISTINCT channel FROM queue_stints WHERE channel = 'voice') TO STDOUT`.readable()) copied += piece;
  assert.strictEqual(copied, "voice\n");
  assert.strictEqual((await sql.begin(async (inner) => (await inner.savepoint((innermost) => innermost`SELECT 2 AS two`))[0])).two, "2");
  await sql.end();
  return all;
}

async function sequelize(all) {
  const db = new Sequelize(place, { logging: false });
  const described = await db.getQueryInterface().describeTable("queue_stints");
  assert.deepStrictEqual([described.stint_no.type, described.stint_no.primaryKey, described.queue.allowNull], ["BIGINT", true, true]);
  const Stint = db.define("stint", { channel: DataTypes.STRING, wait_ms: DataTypes.BIGINT, enqueued_at: DataTypes.DATE }, { tableName: "queue_stints", timestamps: false });
  Stint.removeAttribute("id");
  assert.strictEqual(String(await Stint.count({ where: { channel: { [Op.iLike]: "VOI%" } } })), all);
  const [first] = await Stint.findAll({ attributes: ["channel", [fn("max", col("wait_ms")), "longest"]], where: { channel: "voice" }, group: ["channel"], raw: true });
  assert.ok(Number(first.longest) > 0);
  const [{ zone }] = await db.query("SELECT current_setting('TimeZone') AS zone", { type: QueryTypes.SELECT });
  assert.strictEqual(zone, "UTC");
  await db.close();
  const east = new Sequelize(place, { logging: false, timezone: "+02:00" });
  const [{ shown }] = await east.query("SELECT TIMESTAMPTZ '2026-01-05 12:00:00+00'::text AS shown", { type: QueryTypes.SELECT });
  assert.strictEqual(shown, "2026-01-05 14:00:00+02");
  await east.close();
}

postgresJs().then(sequelize).catch((error) => {
  console.error(error);
  process.exit(1);
});
