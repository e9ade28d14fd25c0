import { beforeAll, describe, expect, test } from "vitest";
import { hidden, parseConfig } from "../../infra/config/parse.ts";
import { chartNames } from "../../infra/kubernetes/charts.ts";
import { record, type Recording, Secret } from "../../infra/plan/record.ts";
import { violationsOf } from "../../infra/policy/check.ts";
import { circumstancesOf } from "../../infra/policy/rule.ts";
import { canariesInClear } from "../../infra/testing/index.ts";
import program from "../../stacks/index.ts";
import { minimum, rawOf, type Settings } from "../infra/config/stack.ts";
import { variables } from "../engine/outputs.ts";

const cloud = (cluster: string, more: Settings = {}): Settings => ({ cluster, project: undefined, ...more });
const existing = cloud("existing", { context: "lab", adminCidrs: undefined });
const external = {
  database: "external",
  cache: "external",
  bucket: "external",
  externalBucket: '{"bucket":"pictures","endpoint":"https://s3.farm.test"}',
};
const secrets = {
  databaseUrl: "postgres://app:canary-database@10.1.1.1:5432/testfarm",
  databaseAdminUrl: "postgres://admin:canary-admin@10.1.1.1:5432/testfarm",
  redisUrl: "redis://:canary-redis@10.1.1.2:6379",
  bucketAccessKeyId: "canary-key-id",
  bucketSecretAccessKey: "canary-secret",
};
const there = { ...existing, ...external, has: JSON.stringify(chartNames), monitoring: "true" };

interface Row {
  readonly what: string;
  readonly settings: Settings;
  readonly encrypted?: Settings;
}

const stacks: readonly Row[] = [
  { what: "GKE", settings: {} },
  {
    what: "GKE through its own gateway, with all but pictures in the cluster",
    settings: { edge: "gateway", database: "cluster", cache: "cluster" },
  },
  {
    what: "GKE Autopilot with Browserbase",
    settings: { autopilot: "true", browser: "browserbase", browserbaseProjectId: "farm" },
    encrypted: { browserbaseApiKey: "canary-browserbase" },
  },
  { what: "EKS", settings: cloud("eks") },
  { what: "AKS that survives the loss of a zone", settings: cloud("aks", { ha: "true" }) },
  { what: "DOKS without Redis", settings: cloud("doks", { cache: "none" }) },
  { what: "a cluster that is there", settings: existing },
  { what: "a cluster that is there, with all that it needs", settings: there, encrypted: secrets },
  {
    what: "a cluster that is there, where an offline run knows of secrets only that they are",
    settings: there,
    encrypted: Object.fromEntries(Object.keys(secrets).map((name) => [name, hidden])),
  },
  { what: "External Secrets", settings: { externalSecrets: '{"store":"vault"}' } },
  { what: "a stack that may go", settings: { ephemeral: "true" } },
];

describe.each(stacks)("$what", ({ settings, encrypted = {} }) => {
  const raw = rawOf(minimum.kubernetes, { ...settings, ...encrypted }, Object.keys(encrypted));
  let recording: Recording;
  beforeAll(async () => {
    recording = await record(program, {
      project: "testfarm",
      stack: "test",
      config: raw.values,
      secretKeys: raw.secretKeys,
    });
  });

  test("has every variable of the application, and breaks no rule that up refuses", () => {
    expect(Object.keys(recording.outputs)).toEqual(expect.arrayContaining([...variables, "ACCESS", "LOGS"]));
    const violations = violationsOf(recording, circumstancesOf(parseConfig(raw)));
    expect(violations.filter(({ severity }) => severity === "error")).toEqual([]);
  });

  test("shows no secret", () => {
    expect(canariesInClear(recording, ["canary"])).toEqual([]);
  });
});

test("each role holds the secrets that it reads: browsers their own token, and those who filter their way out none", async () => {
  const raw = rawOf(minimum.kubernetes, { ...there, ...secrets }, Object.keys(secrets));
  const { resources } = await record(program, {
    project: "testfarm",
    stack: "test",
    config: raw.values,
    secretKeys: raw.secretKeys,
    preview: false,
    respond: ({ type, name }) =>
      type === "random:index/randomPassword:RandomPassword" ? { state: { result: `canary-${name}` } } : {},
  });
  const held = resources
    .filter(({ type, name }) => type === "kubernetes:core/v1:Secret" && name.endsWith("-secrets"))
    .map(({ name, inputs: { stringData } }) => {
      if (!(stringData instanceof Secret)) throw new Error(`${name} is in clear`);
      return [name, Object.keys(stringData.reveal() as object).toSorted()];
    });
  const stores = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
  const databases = ["DATABASE_DIRECT_URL", "DATABASE_URL"];
  expect(Object.fromEntries(held)).toEqual({
    "application-api-secrets": ["AUTH_SECRET", ...stores, ...databases, "OWNER_BOOTSTRAP_TOKEN", "REDIS_URL"],
    "application-worker-secrets": [...stores, "BROWSER_TOKEN", ...databases, "REDIS_URL"],
    "application-browser-secrets": ["BROWSER_TOKEN"],
    "application-migrate-secrets": ["DATABASE_ADMIN_URL", "DATABASE_DIRECT_URL"],
    "application-scaler-secrets": expect.any(Array) as string[],
  });
});
