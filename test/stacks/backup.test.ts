import { beforeAll, expect, test } from "vitest";
import { parseConfig } from "../../infra/config/parse.ts";
import { record, Secret, type Recording, type Value } from "../../infra/plan/record.ts";
import { violationsOf } from "../../infra/policy/check.ts";
import { circumstancesOf } from "../../infra/policy/rule.ts";
import program from "../../stacks/index.ts";

const secrets = { backupAccessKeyId: "canary-key-id", backupSecretAccessKey: "canary-key" };
const secretKeys = Object.keys(secrets).map((name) => `testfarm:${name}`);
const values = {
  "testfarm:tier": "local",
  "testfarm:backup": JSON.stringify({ bucket: "backups", region: "eu-west-1" }),
  ...Object.fromEntries(Object.entries(secrets).map(([name, value]) => [`testfarm:${name}`, value])),
};

let stack: Recording;
beforeAll(async () => {
  stack = await record(program, {
    project: "testfarm",
    stack: "own",
    preview: false,
    config: values,
    secretKeys,
    respond: ({ type, name }) =>
      type === "random:index/randomPassword:RandomPassword" ? { state: { result: `canary-${name}` } } : {},
  });
});

const lines = (service: string) =>
  (stack.resources.find(({ name }) => name === `testfarm-own-${service}`)!.inputs["envs"] as Value[]).map(
    (line) =>
      [
        line instanceof Secret ? (line.reveal() as string) : (line as string),
        line instanceof Secret,
      ] as const,
  );

test("the container of backups gets its account, bucket and passphrase, and no other secret", () => {
  const secret = lines("backup").filter(([, isSecret]) => isSecret);
  expect(secret.map(([line]) => line).toSorted()).toEqual([
    "BACKUP_ACCESS_KEY_ID=canary-key-id",
    "BACKUP_DATABASE_URL=postgres://backup:canary-secrets-database-backup@postgres:5432/testfarm",
    "BACKUP_PASSPHRASE=canary-secrets-backup-passphrase",
    "BACKUP_SECRET_ACCESS_KEY=canary-key",
  ]);
  expect(lines("backup").map(([line]) => line)).toEqual(
    expect.arrayContaining([
      "BACKUP_BUCKET=backups",
      "BACKUP_KEEP_DAYS=30",
      "BACKUP_POINT_IN_TIME=false",
      "BACKUP_SCHEDULE=30 2 * * *",
    ]),
  );
});

test("migrations make its account, and no service holds anything of it", () => {
  expect(lines("migrate").map(([line]) => line)).toContainEqual(
    expect.stringMatching(/^BACKUP_DATABASE_URL=postgres:\/\/backup:/),
  );
  for (const service of ["api", "worker", "browser", "egress"])
    expect(lines(service).filter(([line]) => line.startsWith("BACKUP_"))).toEqual([]);
});

test("the plan warns of a missing backup no more", () => {
  const config = parseConfig({ file: "Pulumi.own.yaml", values, secretKeys });
  const violations = violationsOf(stack, circumstancesOf(config), config.waive);
  expect(violations.map(({ rule }) => rule)).not.toContain("backup-missing");
});
