import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { withClient } from "../../../../app/backup/connection.ts";
import { close } from "../../../../infra/promotion/gate.ts";
import {
  connectionRoom,
  dialTls,
  keptLog,
  largeObjects,
  otherPromotion,
  publisherRoom,
  subscriberRoom,
  walLevel,
} from "../../../../infra/promotion/preflight/server.ts";
import { ownership, replicationRights } from "../../../../infra/promotion/preflight/tables.ts";
import { type Server, startServer } from "../replication/server.ts";
import { databaseOn, endAt, ok, plainOn, run } from "./ends.ts";

let rich: Server;
/** Has as little as PostgreSQL starts with. */
let poor: Server;

beforeAll(async () => {
  [rich, poor] = await Promise.all([
    startServer(),
    startServer(
      "wal_level=replica",
      "max_replication_slots=2",
      "max_wal_senders=2",
      "max_logical_replication_workers=2",
      "max_connections=12",
      "max_slot_wal_keep_size=1MB",
    ),
  ]);
});

describe("what one server has", () => {
  test.for([
    [walLevel, "wal_level is replica"],
    [publisherRoom, "2 replication slots and 2 WAL senders are free"],
    [subscriberRoom, /2 replication workers, \d+ worker processes and 2 origins are free/],
    [keptLog, /max_slot_wal_keep_size is 1.05 MB/],
  ] as const)("%o is enough, or stands against ONLINE", async ([check, found]) => {
    expect(await check(await endAt("mvp", rich.url))).toMatchObject(ok);
    expect(await check(await endAt("mvp", poor.url))).toMatchObject({
      check: expect.stringContaining("mvp"),
      level: "offline",
      found: expect.stringMatching(found),
      remedy: expect.stringMatching(/./),
    });
  });

  test("connections are enough, or block", async () => {
    expect(await connectionRoom(await endAt("mvp", rich.url))).toMatchObject(ok);
    expect(await connectionRoom(await endAt("mvp", poor.url))).toMatchObject({
      level: "blocks",
      found: expect.stringMatching(/^\d are free$/),
      remedy: expect.stringContaining("max_connections"),
    });
  });

  test("rights are the owner's, or are named with how to get them", async () => {
    expect(await ownership(await endAt("mvp", rich.url))).toMatchObject(ok);
    expect(await replicationRights(await endAt("mvp", rich.url))).toMatchObject(ok);
    const plain = await plainOn(rich);
    const { username } = new URL(plain.databaseUrl);
    expect(await ownership(plain)).toMatchObject({
      level: "blocks",
      found: expect.stringMatching(/^it does not own .* and \d+ more and may create nothing/),
    });
    expect(await replicationRights(plain)).toMatchObject({
      level: "offline",
      found: "it lacks REPLICATION and pg_create_subscription",
      remedy: expect.stringContaining(`GRANT pg_create_subscription TO "${username}"`),
    });
    await withClient(rich.url, async (client) => {
      await client.query(`ALTER ROLE ${username} REPLICATION`);
      await client.query(`GRANT pg_create_subscription, testfarm TO ${username}`);
    });
    expect(await ownership(plain)).toMatchObject(ok);
    expect(await replicationRights(plain)).toMatchObject(ok);
  });

  test("large objects block", async () => {
    const end = await databaseOn(rich, "mvp");
    expect(await largeObjects(end)).toMatchObject(ok);
    await end.client.query("SELECT lo_create(0)");
    expect(await largeObjects(end)).toMatchObject({ level: "blocks", found: "1, which are not TestFarm's" });
  });

  test("a promotion of somebody else blocks, one's own does not, and nor does a database without a gate pass", async () => {
    const end = await databaseOn(rich, "mvp", `TEMPLATE template0`);
    expect(await otherPromotion(end, run)).toMatchObject({
      level: "blocks",
      found: expect.stringContaining("no gate"),
    });
    const { client } = await endAt("mvp", rich.url);
    const other = randomUUID();
    expect(await otherPromotion({ ...end, client }, run)).toMatchObject(ok);
    await close(client, { run: other, answer: "hold", windowMs: 1_500 });
    expect(await otherPromotion({ ...end, client }, run)).toMatchObject({
      level: "blocks",
      found: `its gate is closed for promotion ${other}`,
    });
    expect(await otherPromotion({ ...end, client }, other)).toMatchObject(ok);
    await expect.poll(() => otherPromotion({ ...end, client }, run), { timeout: 30_000 }).toMatchObject(ok);
  });

  test.for([
    ["postgres://a:b@db.test.com/x", "offline"],
    ["postgres://a:b@203.0.113.7/x?sslmode=disable", "offline"],
    ["postgres://a:b@203.0.113.7/x?sslmode=require", "note"],
    ["postgres://a:b@203.0.113.7/x?sslmode=verify-full", "ok"],
    ["postgres://a:b@10.1.2.3/x", "note"],
    ["postgres://a:b@postgres.railway.internal/x?sslmode=require", "ok"],
    ["postgres://a:b@172.15.0.1/x", "offline"],
    [undefined, "offline"],
  ] as const)("the address %s is %s", ([dialUrl, level]) => {
    const finding = dialTls({ name: "mvp", dialUrl });
    expect(finding.level).toBe(level);
    expect(JSON.stringify(finding)).not.toContain("a:b");
  });
});
