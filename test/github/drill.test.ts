import { beforeAll, describe, expect, test } from "vitest";
import { databaseAt, withClient } from "../../app/backup/connection.ts";
import { makeBackup } from "../../app/backup/make.ts";
import { root } from "../infra/cli/run.ts";
import { type BackedUp, backedUpDatabase, backups, backupVariables, query } from "../support/backups.ts";
import { emptyDatabase } from "../support/postgres.ts";
import { describeWith } from "../support/services.ts";
import { runStep, stepWith, workflow } from "./workflow.ts";

const step = stepWith(workflow("drill").jobs["drill"]!.steps, "drill.ts");
const hour = 3_600_000;

const backUp = (context: BackedUp, at: number) =>
  withClient(context.url, (client) => makeBackup(context, client, new Date(at)));

await describeWith(backups, "the drill of a week", ({ programs, bucket }) => {
  /** The step on an empty server, with what the workflow gives it. */
  async function drill(context: BackedUp, variables: Readonly<Record<string, string>> = {}) {
    const url = await emptyDatabase();
    const given: Readonly<Record<string, string>> = {
      ...backupVariables(context.bucket, programs),
      DATABASE_ADMIN_URL: url,
      BACKUP_REGION: context.bucket.region,
    };
    expect(Object.keys(step.env!).toSorted()).toEqual(Object.keys(given).toSorted());
    const runner = {
      PATH: process.env["PATH"] ?? "",
      // The SDK warns of Node 20; GitHub's runner has another.
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
    };
    const ended = await runStep(step, root, { ...runner, ...given, ...variables });
    return { ...ended, url };
  }

  let context: BackedUp;
  beforeAll(async () => {
    context = await backedUpDatabase(programs, await bucket());
    await query(context.ownerUrl, "CREATE TABLE notes (text text PRIMARY KEY)");
    await query(context.ownerUrl, "INSERT INTO notes VALUES ('kept')");
  });

  test("fails where there is no backup", async () => {
    expect(await drill(context)).toMatchObject({ code: 1, stderr: "There is no backup to restore.\n" });
  });

  test("fails where the newest backup is older than two days", async () => {
    await backUp(context, Date.now() - 50 * hour);
    expect(await drill(context)).toMatchObject({
      code: 1,
      stderr: "The newest backup is 50 hours old; it may be 48.\n",
    });
  });

  describe("with a backup of last night", () => {
    beforeAll(() => backUp(context, Date.now() - 20 * hour));

    test("restores it on a server that has nothing else, and says what is as it was", async () => {
      const { code, stdout, stderr, url } = await drill(context);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).toMatch(/\d+ tables with \d+ rows are as they were\./);
      const { rows } = await query(databaseAt(url, new URL(url).pathname.slice(1)), "SELECT text FROM notes");
      expect(rows).toEqual([{ text: "kept" }]);
    });

    test("fails with another passphrase, and does not print it", async () => {
      const other = "canary-another-passphrase-of-32-characters";
      const { code, stdout, stderr } = await drill(context, { BACKUP_PASSPHRASE: other });
      expect(code).toBe(1);
      expect(stdout + stderr).not.toContain("canary");
    });
  });
});
