import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { bucketOf } from "../../../../app/storage/settings.ts";
import { makePlan } from "../../../../infra/promotion/plan/make.ts";
import type { ManagedStack } from "../../../../infra/promotion/stacks/stack.ts";
import { stackSurroundings } from "../../../../infra/promotion/stacks/surroundings.ts";

/** What the source exports. */
let outputs: Readonly<Record<string, string>>;
vi.mock("../../../../infra/access/outputs.ts", async (original) => ({
  ...(await original<object>()),
  readOutputs: async () => outputs,
}));

const root = join(import.meta.dirname, "../../../..");
const signal = new AbortController().signal;
const bucket = {
  S3_BUCKET: "old",
  S3_REGION: "",
  S3_ENDPOINT: "https://s3.example.com",
  S3_FORCE_PATH_STYLE: "true",
  AWS_ACCESS_KEY_ID: "id",
  AWS_SECRET_ACCESS_KEY: "key",
};
const secrets = { AUTH_SECRET: "auth", BACKUP_PASSPHRASE: "" };

/** What is asked of the stacks, which do nothing else. */
function surroundings(readThrough: boolean) {
  const asked: unknown[] = [];
  const plan = makePlan({ from: "mvp", to: "growth", path: "OFFLINE", reasons: [], readThrough });
  const stack = async (end: string): Promise<ManagedStack> => ({
    set: async (settings, options) => void asked.push([end, "set", settings, options]),
    unset: async (settings) => void asked.push([end, "unset", settings]),
    up: async () => void asked.push([end, "up"]),
    upRecords: async () => undefined,
    records: async () => ({ made: [], byHand: "" }),
    unprotect: async () => void asked.push([end, "unprotect"]),
    destroy: async () => void asked.push([end, "destroy"]),
    remove: async () => void asked.push([end, "remove"]),
  });
  const project = { directory: root, name: "testfarm", main: "" };
  return { asked, ...stackSurroundings({ project, plan, stack, note: () => undefined }) };
}

test("what keeps people signed in is carried to the target, and not the source's bucket unless it is wanted", async () => {
  outputs = { ...bucket, ...secrets };
  const { asked, carrySecrets } = surroundings(false);
  expect(await carrySecrets(signal)).toEqual({ carried: ["authSecret"] });
  expect(asked).toEqual([["target", "set", { authSecret: "auth" }, { secret: true }]]);
});

test.each([
  [{ source: false }, [["source", "set", { ephemeral: "false" }, { secret: false }]]],
  [{}, []],
])("what protects the source's data is as it was before: %j", async (ephemeral, set) => {
  const { asked, protectSource } = surroundings(false);
  await protectSource({ ephemeral }, signal);
  expect(asked).toEqual([["source", "unset", ["ephemeral"]], ...set, ["source", "up"]]);
});

test("with --read-through the target is told the source's bucket, until the source is to go", async () => {
  outputs = { ...bucket, ...secrets };
  const { asked, carrySecrets, unprotectSource } = surroundings(true);
  expect(await carrySecrets(signal)).toEqual({ carried: ["authSecret", "storageReadThrough"] });
  const [[, , settings]] = asked as [[string, string, Record<string, string>]];
  expect(JSON.parse(settings["storageReadThrough"]!)).toEqual(
    JSON.parse(
      JSON.stringify(
        bucketOf({
          S3_BUCKET: "old",
          S3_REGION: undefined,
          S3_ENDPOINT: "https://s3.example.com",
          S3_FORCE_PATH_STYLE: true,
          AWS_ACCESS_KEY_ID: "id",
          AWS_SECRET_ACCESS_KEY: "key",
          AWS_SESSION_TOKEN: undefined,
        }),
      ),
    ),
  );
  asked.length = 0;
  await unprotectSource(signal);
  expect(asked).toEqual([
    ["target", "unset", ["storageReadThrough"]],
    ["target", "up"],
    ["source", "set", { ephemeral: "true" }, { secret: false }],
    ["source", "up"],
  ]);
});

test.for([
  ["on a disk", { S3_BUCKET: "" }],
  ["in a cluster", { S3_ENDPOINT: "http://seaweedfs.seaweedfs.svc:8333" }],
  ["open to an account of the cloud alone", { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" }],
] as const)("with screenshots %s there is nothing to read through", async ([, change]) => {
  outputs = { ...bucket, ...secrets, ...change };
  const { asked, carrySecrets } = surroundings(true);
  await expect(carrySecrets(signal)).rejects.toThrow(
    "--read-through: growth could not read the screenshots of mvp",
  );
  expect(asked).toEqual([]);
});
