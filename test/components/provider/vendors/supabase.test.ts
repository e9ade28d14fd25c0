import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { credentials, startSupabase } from "../../../support/contracts/supabase/index.ts";
import { testVendorKind } from "../../../support/vendor-conformance.ts";
import { openVendorClient } from "../../../support/vendor-client.ts";
import { ProviderClient, secret } from "../client.ts";

const inputs = {
  name: "testfarm-validation",
  organizationSlug: "calm-mole",
  region: "eu-central-1",
  instanceSize: "small",
  password: "canary-password-of-postgres",
};

testVendorKind({
  vendor: "supabase",
  kind: "Project",
  secrets: ["password"],
  credentials,
  start: startSupabase,
  inputs,
  outputs: {
    host: "db.calmmoleabcdefghijkl.supabase.co",
    port: 5432,
    database: "postgres",
    owner: "postgres",
    poolerHost: "aws-0-eu-central-1.pooler.supabase.com",
    poolerUser: "postgres.calmmoleabcdefghijkl",
    poolerTransactionPort: 6543,
    poolerSessionPort: 5432,
  },
  createCall: "POST /v1/projects",
  readCall: "GET /v1/projects/{ref}",
  count: ({ projects }) => projects.size,
  changes: [
    { to: { name: "testfarm-other" }, calls: ["PATCH /v1/projects/*"] },
    { to: { password: "canary-password-two" }, calls: ["PATCH /v1/projects/*/database/password"] },
    { to: { instanceSize: "medium" }, calls: ["PATCH /v1/projects/*/billing/addons"] },
    { to: { tlsOnly: false }, calls: ["PUT /v1/projects/*/ssl-enforcement"] },
  ],
  replacements: [{ organizationSlug: "other" }, { region: "us-east-1" }],
  drift: {
    make: ({ projects }) => [...projects.values()].forEach((each) => Object.assign(each, { size: "large" })),
    shows: { instanceSize: "large" },
  },
  untold: ["password"],
  refused: [
    {
      inputs: { region: "eu-south-9" },
      property: "region",
      reason: /is "eu-south-9": must be one of us-east-1, /,
    },
    {
      inputs: { instanceSize: "nano" },
      property: "instanceSize",
      reason: /is "nano": must be one of micro, small/,
    },
    {
      inputs: { organizationSlug: "a b" },
      property: "organizationSlug",
      reason: /is "a b": must be the slug/,
    },
  ],
});

describe("A project of Supabase", () => {
  let server: Awaited<ReturnType<typeof startSupabase>>;
  let close: () => void;
  let client: ProviderClient;
  const given = { ...inputs, password: secret(inputs.password) };
  const only = () => [...server.projects.values()][0]!;
  const changes = () => server.calls.filter((call) => !call.startsWith("GET "));
  const project = "/v1/projects/calmmoleabcdefghijkl";

  beforeEach(async () => {
    server = await startSupabase();
    ({ client, close } = await openVendorClient("supabase", "Project", credentials, server));
  });
  afterEach(() => close());

  test("is made in one call, and demands TLS by a second one", async () => {
    const { properties } = await client.create(inputs);
    expect(properties["password"]).toEqual(secret(inputs.password));
    expect(only()).toMatchObject({
      region: "eu-central-1",
      size: "small",
      password: inputs.password,
      isTlsOnly: true,
    });
    expect(changes()).toEqual(["POST /v1/projects", `PUT ${project}/ssl-enforcement`]);
  });

  test("that is taken over has the password that is given from then on", async () => {
    server.troubleAt("POST /v1/projects", "lost");
    await client.create(given);
    expect(changes()).toEqual([
      "POST /v1/projects",
      `PATCH ${project}/database/password`,
      `PUT ${project}/ssl-enforcement`,
    ]);
  });

  test("of the same name in another organization is not taken for it", async () => {
    await client.create({ ...given, organizationSlug: "other" });
    await client.create(given);
    expect(server.projects.size).toBe(2);
  });

  test.each(["GOING_DOWN", "REMOVED"])("that is %s is not taken for it", async (end) => {
    await client.create(given);
    only().end = end;
    await client.create(given);
    expect(server.projects.size).toBe(2);
  });

  test("is ready again when it has been resized", async () => {
    const { id, properties } = await client.create(given);
    await client.update(id, properties, { ...given, instanceSize: "medium" });
    expect(only().pending).toBeLessThan(0);
  });

  test("that was paused is not waited for", async () => {
    const { id, properties } = await client.create(given);
    only().end = "INACTIVE";
    await expect(client.update(id, properties, { ...given, instanceSize: "medium" })).rejects.toThrow(
      `supabase Project ${id} has failed: it is INACTIVE; see its page at https://supabase.com/dashboard`,
    );
  });

  test("has the session mode where the vendor says it is", async () => {
    const { id, properties } = await client.create(given);
    server.pooler.session = 6432;
    const { properties: found } = await client.read(id, properties, given);
    expect(found).toMatchObject({ poolerSessionPort: 6432, poolerTransactionPort: 6543 });
  });

  test("that the token may not make is refused with the permissions that it lacks", async () => {
    const body = { message: "Forbidden", missing_permissions: ["organization_projects_create"] };
    server.troubleAt("POST /v1/projects", { status: 403, body });
    await expect(client.create(given)).rejects.toThrow(
      /with 403: Forbidden \(the token lacks organization_projects_create\)\. Make a token at https:/,
    );
  });

  test.each([
    [402, "payment required", "https://supabase.com/dashboard/org/_/billing"],
    [400, "region is not available", "https://supabase.com/docs/guides/platform/regions"],
  ])("that is refused with %i %s comes with what to do", async (status, message, advice) => {
    server.troubleAt("POST /v1/projects", { status, body: { message } });
    await expect(client.create(given)).rejects.toThrow(
      new RegExp(`Supabase answered POST /v1/projects with ${status}: ${message}\\. .*${advice}`),
    );
  });
});
