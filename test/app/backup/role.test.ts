import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { beforeAll, expect, test, vi } from "vitest";
import {
  accountPassword,
  type BackedUp,
  backedUpDatabase,
  backups,
  backupVariables,
  passphrase,
  query,
  schedules,
} from "../../support/backups.ts";
import { startRole } from "../../support/role-process.ts";
import { describeWith } from "../../support/services.ts";

const run = promisify(execFile);

await describeWith(backups, "the role", ({ programs, bucket }) => {
  let context: BackedUp;
  let env: Record<string, string>;
  beforeAll(async () => {
    context = await backedUpDatabase(programs, await bucket());
    env = backupVariables(context.bucket, programs);
    await query(context.ownerUrl, "CREATE TABLE marked AS SELECT 'canary-of-a-row' AS text");
  }, 120_000);

  const startBackup = (more: Record<string, string> = {}) =>
    startRole("backup", {
      ...env,
      BACKUP_DATABASE_URL: context.url,
      ...schedules,
      ...more,
    });
  const secrets = () => [
    passphrase,
    accountPassword,
    context.bucket.credentials.secretAccessKey,
    "canary",
    new URL(context.ownerUrl).password,
  ];

  test("backup makes a backup and a drill at its first start, and tells it by its metrics", async () => {
    const role = await startBackup();
    const metrics = async () => (await fetch(`${role.url}/metrics`)).text();
    await vi.waitFor(
      async () => expect(await metrics()).toMatch(/^testfarm_backup_last_outcome\{task="drill"\} 1$/m),
      { timeout: 60_000, interval: 500 },
    );
    expect(await metrics()).toMatch(/^testfarm_backup_last_outcome\{task="backup"\} 1$/m);
    expect((await fetch(`${role.url}/readyz`)).status).toBe(200);
    expect(await role.end()).toBe(0);
    expect(role.log()).toContain("backup restored and compared");
    for (const secret of secrets()) expect(role.log() + role.errors()).not.toContain(secret);
  }, 90_000);

  test("backup comes into service while database and bucket are away, and names no secret in what it logs", async () => {
    const wrong = Object.assign(new URL(context.url), { password: "canary-wrong" }).href;
    const role = await startBackup({ BACKUP_DATABASE_URL: wrong });
    await vi.waitFor(() => expect(role.log()).toContain("password authentication failed"));
    expect((await fetch(`${role.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${role.url}/readyz`)).status).toBe(503);
    expect(await role.end()).toBe(0);
    for (const secret of secrets()) expect(role.log() + role.errors()).not.toContain(secret);
  }, 60_000);

  const restore = (...args: string[]) =>
    run(process.execPath, ["--import", "tsx", "app/main.ts", "restore", ...args], {
      env: { ...process.env, ...env, DATABASE_ADMIN_URL: context.ownerUrl },
    });

  test("restore prints what there is, and puts it in the place of what is served", async () => {
    const { stdout } = await restore("--list");
    const [name] = /^\S+/.exec(stdout) ?? [];
    await query(context.ownerUrl, "DROP TABLE marked");
    const { stdout: done, stderr } = await restore("latest");
    expect(done).toContain(`Restoring ${name} beside`);
    const { rows } = await query(context.ownerUrl, "SELECT text FROM marked");
    expect(rows).toEqual([{ text: "canary-of-a-row" }]);
    for (const secret of secrets()) expect(done + stderr).not.toContain(secret);
  }, 90_000);

  test("restore answers what it does not understand with its usage", async () => {
    const failed = await restore("newest", "please").catch(
      (error: { code: number; stderr: string }) => error,
    );
    expect(failed).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^Usage: restore latest/) as string,
    });
  }, 30_000);
});
