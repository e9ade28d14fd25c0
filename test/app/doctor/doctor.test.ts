import { join } from "node:path";
import { Client } from "pg";
import { beforeAll, expect, test } from "vitest";
import { databaseChecks } from "../../../app/doctor/database.ts";
import { redisCheck } from "../../../app/doctor/redis.ts";
import { storageCheck } from "../../../app/doctor/storage.ts";
import { diskStorage } from "../../../app/storage/disk.ts";
import { s3Storage } from "../../../app/storage/s3.ts";
import { pgbouncer, startPgbouncer } from "../../support/pgbouncer.ts";
import { emptyDatabase, migratedDatabase } from "../../support/postgres.ts";
import { redisProgram, startRedis } from "../../support/redis.ts";
import { s3 } from "../../support/s3.ts";
import { describeWith } from "../../support/services.ts";

let url: string;
beforeAll(async () => {
  url = await migratedDatabase();
});

test("a database that is as it must be is good in every line", async () => {
  const findings = await databaseChecks({ databaseUrl: url, directUrl: url });
  expect(findings.map(({ name, state, fix }) => [name, state, fix])).toEqual([
    ["database", "good", undefined],
    ["migrations", "good", undefined],
    ["clock", "good", undefined],
    ["direct connection", "good", undefined],
  ]);
});

test("a database that cannot be reached is one line with the reason and the fix, without the password", async () => {
  const databaseUrl = "postgres://app:canary@127.0.0.1:1/testfarm";
  const findings = await databaseChecks({ databaseUrl, directUrl: databaseUrl });
  expect(findings).toEqual([
    {
      name: "database",
      state: "bad",
      says: expect.stringContaining("ECONNREFUSED") as string,
      fix: "Check DATABASE_URL: host, port, user, password, TLS.",
    },
  ]);
  expect(JSON.stringify(findings)).not.toContain("canary");
});

test("tables that are not there, or not all, are told with the way to get them", async () => {
  const empty = await emptyDatabase();
  const [, missing] = await databaseChecks({ databaseUrl: empty, directUrl: empty });
  expect(missing).toMatchObject({ state: "bad", fix: "Run the role migrate with DATABASE_ADMIN_URL." });
  const behind = await migratedDatabase();
  const client = new Client({ connectionString: behind });
  await client.connect();
  await client.query("DELETE FROM drizzle.__drizzle_migrations WHERE id = 1");
  await client.end();
  const [, some] = await databaseChecks({ databaseUrl: behind, directUrl: behind });
  expect(some?.says).toMatch(/^1 of \d+ are not applied$/);
});

await describeWith(pgbouncer, "a pooler in transaction mode", (program) => {
  test("is fine for DATABASE_URL and wrong for DATABASE_DIRECT_URL", async () => {
    const pooled = await startPgbouncer(program, url, 4);
    const findings = await databaseChecks({ databaseUrl: pooled, directUrl: pooled });
    expect(findings.map(({ name, state }) => [name, state])).toEqual([
      ["database", "good"],
      ["migrations", "good"],
      ["clock", "good"],
      ["direct connection", "bad"],
    ]);
    expect(findings.at(-1)?.fix).toContain("DATABASE_DIRECT_URL");
  });
});

await describeWith(redisProgram, "a Redis server", (program) => {
  test.each([
    ["noeviction", "good"],
    ["allkeys-lru", "bad"],
  ])("with the policy %s is %s", async (policy, state) => {
    const { address } = await startRedis(program, ["--maxmemory-policy", policy]);
    expect(await redisCheck(address)).toMatchObject({ name: "Redis", state });
  });

  test("that is not there is told with the variable to look at", async () => {
    const address = { url: "redis://app:canary@127.0.0.1:1", isCluster: false };
    const found = await redisCheck(address);
    expect(found).toMatchObject({ state: "bad", fix: expect.stringContaining("REDIS_URL") as string });
    expect(JSON.stringify(found)).not.toContain("canary");
  });
});

test("a directory that cannot be written to is told", async () => {
  const found = await storageCheck(async () => diskStorage(join(import.meta.filename, "no-directory")));
  expect(found).toMatchObject({
    name: "storage",
    state: "bad",
    fix: expect.stringContaining("STORAGE_DIR") as string,
  });
});

await describeWith(s3, "an S3 server", (open) => {
  test("that serves by presigned addresses is good, and nothing is left in it", async () => {
    const bucket = await open();
    const storage = s3Storage(bucket);
    const seen: string[] = [];
    const watched = {
      ...storage,
      put: (key: string, body: Uint8Array) => (seen.push(key), storage.put(key, body)),
    };
    expect((await storageCheck(async () => watched)).state).toBe("good");
    expect(seen).toHaveLength(1);
    expect(await storage.get(seen[0]!)).toBeUndefined();
  });

  test("whose key is wrong is told, without the key", async () => {
    const bucket = await open();
    const credentials = { accessKeyId: "nobody", secretAccessKey: "canary-secret" };
    const found = await storageCheck(async () => s3Storage({ ...bucket, credentials }));
    expect(found.state).toBe("bad");
    expect(JSON.stringify(found)).not.toContain("canary");
  });
});
