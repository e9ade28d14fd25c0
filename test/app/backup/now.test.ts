import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { beforeEach, expect, test } from "vitest";
import { withClient, withLock } from "../../../app/backup/connection.ts";
import { backUpNow } from "../../../app/backup/now.ts";
import { lock } from "../../../app/backup/tasks.ts";
import { readGate } from "../../../app/db/gate.ts";
import { close } from "../../../infra/promotion/gate.ts";
import {
  accountPassword,
  type BackedUp,
  backedUpDatabase,
  backups,
  backupVariables,
  databasesBeside,
  passphrase,
  query,
  schedules,
} from "../../support/backups.ts";
import { describeWith } from "../../support/services.ts";

const run = promisify(execFile);

await describeWith(backups, "a backup at once", ({ programs, bucket }) => {
  let context: BackedUp;
  let said: string[];
  beforeEach(async () => {
    said = [];
    context = await backedUpDatabase(programs, await bucket());
    await query(context.ownerUrl, "CREATE TABLE marked AS SELECT 'canary-of-a-row' AS text");
  }, 120_000);

  const make = () => backUpNow(context, (line) => said.push(line));
  const names = async () => (await context.store.list()).map(({ name, isWhole }) => [name, isWhole]);

  test("is made of a database that takes no writes, is tried, and changes nothing of it", async () => {
    const { ownerUrl } = context;
    await withClient(ownerUrl, (client) =>
      close(client, { run: randomUUID(), answer: "refuse", windowMs: Infinity }),
    );
    const gate = await withClient(ownerUrl, readGate);
    await make();
    const [, name] = /^Backup (\S+) is made: \d+ bytes in /.exec(said[0]!) ?? [];
    expect(await names()).toEqual([[name, true]]);
    expect(said[1]).toMatch(/^It was restored beside the database and compared: \d+ tables with \d+ rows/);
    expect(await withClient(ownerUrl, readGate)).toEqual(gate);
    expect(await databasesBeside(ownerUrl)).toEqual([]);
  }, 60_000);

  test("waits for another one that is under way", async () => {
    let made: Promise<void> | undefined;
    await withLock(context.ownerUrl, lock, async () => {
      made = make();
      await expect
        .poll(() => said, { timeout: 30_000 })
        .toContain("Another backup is under way, and is waited for.");
      expect(await names()).toEqual([]);
    });
    await made;
    expect(await names()).toHaveLength(1);
  }, 60_000);

  const role = (...args: string[]) => {
    const env = {
      ...backupVariables(context.bucket, programs),
      ...schedules,
      BACKUP_DATABASE_URL: context.url,
    };
    return run(process.execPath, ["--import", "tsx", "app/main.ts", "backup", ...args], {
      env: { ...process.env, ...env },
    }).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      (error: { code: number; stdout: string; stderr: string }) => error,
    );
  };

  test("is what the role does when it is told to, and ends; no secret is in what it says", async () => {
    const { code, stdout, stderr } = await role("now");
    expect(code, stderr).toBe(0);
    const [[name]] = (await names()) as [[string, boolean]];
    expect(stdout).toContain(`Backup ${name} is made`);
    for (const secret of [passphrase, accountPassword, "canary"])
      expect(stdout + stderr).not.toContain(secret);
  }, 90_000);

  test("is not made of anything else that the role is told", async () => {
    const { code, stderr } = await role("now", "please");
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^Usage: backup \[now\]\n/)]);
    expect(await names()).toEqual([]);
  }, 60_000);
});
