import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { credentials, type NeonProject, startNeon } from "../../../support/contracts/neon.ts";
import { testVendorKind } from "../../../support/vendor-conformance.ts";
import { openVendorClient } from "../../../support/vendor-client.ts";
import { ProviderClient, secret } from "../client.ts";

const inputs = {
  name: "testfarm-validation",
  region: "aws-eu-central-1",
  pgVersion: 17,
  orgId: "org-calm-mole-123456",
  historyRetentionSeconds: 604_800,
  minComputeUnits: 0.25,
  maxComputeUnits: 2,
};

testVendorKind({
  vendor: "neon",
  kind: "Project",
  secrets: ["password"],
  credentials,
  start: startNeon,
  inputs,
  outputs: {
    host: "ep-calm-mole-123456.c-2.eu-central-1.aws.neon.tech",
    pooledHost: "ep-calm-mole-123456-pooler.c-2.eu-central-1.aws.neon.tech",
    port: 5432,
    database: "testfarm",
    owner: "admin",
    password: "canary/password@neon",
  },
  createCall: "POST /api/v2/projects",
  readCall: "GET /api/v2/projects/{project_id}",
  count: ({ projects }) => projects.size,
  changes: [
    { to: { name: "testfarm-other" }, calls: ["PATCH /api/v2/projects/*"] },
    { to: { historyRetentionSeconds: 86_400 }, calls: ["PATCH /api/v2/projects/*"] },
    { to: { logicalReplication: true }, calls: ["PATCH /api/v2/projects/*"] },
    { to: { maxComputeUnits: 4 }, calls: ["PATCH /api/v2/projects/*/endpoints/*"] },
    { to: { scaleToZero: false }, calls: ["PATCH /api/v2/projects/*/endpoints/*"] },
    { to: { deletionProtection: false }, calls: ["PATCH /api/v2/projects/*/branches/*"] },
  ],
  replacements: [{ region: "aws-us-east-1" }, { pgVersion: 18 }, { orgId: "org-other" }],
  drift: {
    make: ({ projects }) =>
      [...projects.values()].forEach((each) => Object.assign(each, { history_retention_seconds: 0 })),
    shows: { historyRetentionSeconds: 0 },
  },
  refused: [
    {
      inputs: { region: "azure-gwc" },
      property: "region",
      reason: /is "azure-gwc": must be one of aws-us-east-1, /,
    },
    { inputs: { pgVersion: 13 }, property: "pgVersion", reason: /is 13: must be 14, 15, 16, 17 or 18/ },
    {
      inputs: { historyRetentionSeconds: 9_000_000 },
      property: "historyRetentionSeconds",
      reason: /must be at most 2592000 s/,
    },
    {
      inputs: { minComputeUnits: 4 },
      property: "maxComputeUnits",
      reason: /is 2: must be at least minComputeUnits/,
    },
  ],
});

describe("A project of Neon", () => {
  let server: Awaited<ReturnType<typeof startNeon>>;
  let close: () => void;
  let client: ProviderClient;
  const only = () => [...server.projects.values()][0]!;
  const changesSince = (index: number) =>
    server.calls.slice(index).filter((call) => !call.startsWith("GET "));

  beforeEach(async () => {
    server = await startNeon();
    ({ client, close } = await openVendorClient("neon", "Project", credentials, server));
  });
  afterEach(() => close());

  test("is made in one call with its role, its database and its compute, and protected by a second one", async () => {
    const { properties } = await client.create({ ...inputs, logicalReplication: true, scaleToZero: false });
    expect(properties["password"]).toEqual(secret("canary/password@neon"));
    expect(only()).toMatchObject({
      role: "admin",
      database: "testfarm",
      compute: {
        autoscaling_limit_min_cu: 0.25,
        autoscaling_limit_max_cu: 2,
        suspend_timeout_seconds: -1,
      },
      settings: { enable_logical_replication: true },
      isProtected: true,
    });
    expect(changesSince(0)).toEqual([
      "POST /api/v2/projects",
      "PATCH /api/v2/projects/calm-mole-1/branches/br-calm-mole-1",
    ]);
  });

  test("is ready again when the operation of a change has ended", async () => {
    const { id, properties } = await client.create(inputs);
    await client.update(id, properties, { ...inputs, maxComputeUnits: 4 });
    expect(only().pending).toBeLessThan(0);
  });

  test("is deleted with its branch's protection, which would keep it", async () => {
    const { id, properties } = await client.create(inputs);
    const index = server.calls.length;
    await client.delete(id, { ...properties, deletionProtection: false });
    expect([...new Set(changesSince(index))]).toEqual([
      "PATCH /api/v2/projects/calm-mole-1/branches/br-calm-mole-1",
      "DELETE /api/v2/projects/calm-mole-1",
    ]);
  });

  test("says that logical replication cannot be turned off, before it changes anything", async () => {
    const given = { ...inputs, logicalReplication: true };
    const { id, properties } = await client.create(given);
    const index = server.calls.length;
    const news = { ...given, logicalReplication: false, maxComputeUnits: 4 };
    await expect(client.update(id, properties, news)).rejects.toThrow(
      "logicalReplication of neon Project calm-mole-1/br-calm-mole-1 cannot be turned off",
    );
    expect(server.calls.slice(index)).toEqual([]);
  });

  test.each(["calm-mole-1", "calm-mole-1/", "/br-calm-mole-1", "calm-mole-1/br-calm-mole-1/admin"])(
    "is not imported as %s, which is no id of one",
    async (id) => {
      await expect(client.read(id, {}, {})).rejects.toThrow(
        `"${id}" is no id of a neon Project; it must be the project's and its branch's`,
      );
      expect(server.calls).toEqual([]);
    },
  );

  test("is found behind a page of others whose names contain its own", async () => {
    await client.create(inputs);
    const [[id, project]] = [...server.projects] as [[string, NeonProject]];
    server.projects.clear();
    for (let number = 0; number < 400; number++)
      server.projects.set(`other-${number}`, { ...project, name: `${inputs.name}-${number}` });
    server.projects.set(id, project);
    expect((await client.create(inputs)).id).toBe("calm-mole-1/br-calm-mole-1");
  });

  test("is not made while the vendor cannot tell whether it is there", async () => {
    server.troubleAt("GET /api/v2/projects", {
      body: { projects: [], unavailable_project_ids: ["slow-mole"], applications: {}, integrations: {} },
    });
    await expect(client.create(inputs)).rejects.toThrow(
      "Neon could not list slow-mole in time, so that testfarm-validation may be there already",
    );
    expect(server.projects.size).toBe(0);
  });

  test("that cannot come up says which operation has failed and why", async () => {
    const { id, properties } = await client.create(inputs);
    only().end = "failed";
    await expect(client.update(id, properties, { ...inputs, maxComputeUnits: 4 })).rejects.toThrow(
      "neon Project calm-mole-1/br-calm-mole-1 has failed: apply_config: no space left",
    );
  });

  test.each([
    ["protected branches limit exceeded", "ephemeral: true does without"],
    ["region is not available", "https://neon.com/docs/introduction/regions"],
    ["projects limit exceeded", "https://neon.com/docs/introduction/plans"],
  ])("of which the vendor says %j comes with what to do", async (message, advice) => {
    server.troubleAt("POST /api/v2/projects", { status: 422, body: { code: "", message } });
    await expect(client.create(inputs)).rejects.toThrow(
      new RegExp(`Neon answered POST /api/v2/projects with 422: ${message}\\. .*${advice}`),
    );
  });
});
