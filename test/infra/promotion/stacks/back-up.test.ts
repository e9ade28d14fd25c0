import { beforeEach, expect, test, vi } from "vitest";
import { withClient } from "../../../../app/backup/connection.ts";
import { readBy } from "../../../../app/env/roles.ts";
import { companiesAccess } from "../../../../infra/access/companies.ts";
import type { OpenStack } from "../../../../infra/access/index.ts";
import { actions } from "../../../../infra/promotion/actions/index.ts";
import type { Context } from "../../../../infra/promotion/actions/contract.ts";
import type { RunView } from "../../../../infra/promotion/runner/contract.ts";
import { close } from "../../../../infra/promotion/gate.ts";
import { readProject } from "../../../../infra/plan/project.ts";
import { makePlan } from "../../../../infra/promotion/plan/make.ts";
import { stackSurroundings } from "../../../../infra/promotion/stacks/surroundings.ts";
import { type BackedUp, backedUpDatabase, backups, passphrase } from "../../../support/backups.ts";
import { root } from "../../cli/run.ts";
import { describeWith } from "../../../support/services.ts";

/** What the stack exports, and where PostgreSQL's programs are on this machine, as they are in its image. */
let stack: { readonly outputs: Readonly<Record<string, string>>; readonly programs: string };
// The stack is none, and all that a role of it does is done.
vi.mock("../../../../infra/access/index.ts", () => ({
  async openAccess(name: string): Promise<OpenStack> {
    const { outputs, programs } = stack;
    const { run, ...rest } = await companiesAccess();
    const withPrograms: typeof run = (role, signal) =>
      run({ ...role, variables: { ...role.variables, POSTGRES_PROGRAMS: programs } }, signal);
    return { name, outputs, access: { ...rest, run: withPrograms } };
  },
}));

const nothing = Object.fromEntries(readBy.backup.map((name) => [name, ""]));

function backUp(name: "back-up-source" | "final-backup", from = "mvp", said: string[] = []) {
  const plan = makePlan({ from, to: "growth", path: "OFFLINE", reasons: [] });
  const surroundings = stackSurroundings({
    project: readProject(root)!,
    plan,
    stack: () => Promise.reject(new Error("It needs no Pulumi.")),
    note: (text) => said.push(text),
  });
  return actions[name]({ plan, surroundings } as Context, new AbortController().signal, {} as RunView);
}

await describeWith(backups, "a backup by a promotion", ({ programs, bucket }) => {
  let context: BackedUp;
  const outputs = (): Record<string, string> => ({
    ...nothing,
    BACKUP_BUCKET: context.bucket.name,
    BACKUP_ENDPOINT: context.bucket.endpoint,
    BACKUP_FORCE_PATH_STYLE: "true",
    BACKUP_ACCESS_KEY_ID: context.bucket.credentials.accessKeyId,
    BACKUP_SECRET_ACCESS_KEY: context.bucket.credentials.secretAccessKey,
    BACKUP_PASSPHRASE: passphrase,
    BACKUP_DATABASE_URL: context.url,
    BACKUP_SCHEDULE: "30 2 * * *",
    BACKUP_DRILL_SCHEDULE: "30 4 * * 0",
    BACKUP_KEEP_DAYS: "7",
  });
  beforeEach(async () => {
    context = await backedUpDatabase(programs, await bucket());
  }, 120_000);

  test.each(["back-up-source", "final-backup"] as const)(
    "%s makes one of the stack, closed or not, and names it",
    async (name) => {
      stack = { outputs: outputs(), programs };
      if (name === "final-backup")
        await withClient(context.ownerUrl, (client) =>
          close(client, { run: crypto.randomUUID(), answer: "refuse", windowMs: Infinity }),
        );
      const said: string[] = [];
      const detail = await backUp(name, "mvp", said);
      expect((await context.store.list()).map((each) => each.name)).toEqual([detail?.["backup"]]);
      expect(said.join("\n")).toContain("It was restored beside the database and compared");
    },
    90_000,
  );

  test("one that fails keeps the promotion from going on, with the reason and no secret", async () => {
    stack = { outputs: { ...outputs(), BACKUP_SECRET_ACCESS_KEY: "another-key" }, programs };
    const failed = (await backUp("final-backup").catch((error: unknown) => error)) as Error;
    expect(failed.message).toMatch(
      /^The role backup on mvp has ended with 1: .*\(BACKUP_BUCKET\) does not take/,
    );
    expect(failed.message).not.toContain(passphrase);
  }, 90_000);

  test("none is made where a stack makes none, or the source is this machine's installation", async () => {
    stack = { outputs: nothing, programs };
    expect(await backUp("final-backup")).toEqual({
      skipped: "the stack makes no backups itself: testfarm:backup is not set",
    });
    expect(await backUp("final-backup", "embedded")).toEqual({
      skipped: "this machine's installation has no backups",
    });
  });
});
