import { R2Bucket } from "@pulumi/cloudflare";
import type * as pulumi from "@pulumi/pulumi";
import { Project as VercelProject } from "@pulumiverse/vercel";
import { describe, expect, test } from "vitest";
import type { z } from "zod";
import { resourceClass, VendorAccount } from "../../../components/provider/vendor/program.ts";
import { type VendorName, vendors } from "../../../components/provider/vendors/index.ts";
import type { Cost } from "../../../infra/cost/cost.ts";
import { planOf } from "../../../infra/plan/plan.ts";
import { recordProgram } from "../../../infra/testing/index.ts";

/** The kinds of a vendor by name, without their types: a recording needs no other inputs than those that cost. */
const kindsOf = (vendor: VendorName) =>
  vendors[vendor].kinds as unknown as Readonly<Record<string, { readonly inputs: z.ZodObject }>>;

function make(
  vendor: VendorName,
  kind: string,
  inputs: object = {},
  provider?: pulumi.ProviderResource,
): void {
  const Made = resourceClass(vendor, kind, kindsOf(vendor)[kind]!) as unknown as new (
    name: string,
    args: object,
    options: pulumi.CustomResourceOptions,
  ) => pulumi.CustomResource;
  new Made(`${kind} ${JSON.stringify(inputs)}`, inputs, provider ? { provider } : {});
}

const account = (vendor: VendorName, name = "account"): VendorAccount =>
  new VendorAccount(name, { vendor, credentials: {} });

/** In the order of a plan: accounts, then resources by kind and name. */
async function cost(program: () => void): Promise<Cost> {
  const recording = await recordProgram(async () => program(), { preview: true });
  return planOf(recording, { project: "shop", stack: "dev", tier: "paas", notes: [], violations: [] }).cost;
}

/** What each line is for and costs, without where it comes from. */
const lines = async (program: () => void): Promise<(readonly [string, number | undefined])[]> =>
  (await cost(program)).lines.map(({ item, usd }) => [
    item,
    usd === undefined ? undefined : Math.round(usd * 100) / 100,
  ]);

const kinds = (Object.keys(vendors) as VendorName[]).flatMap((vendor) =>
  Object.keys(kindsOf(vendor)).map((kind) => [vendor, kind] as const),
);

test.each(kinds)("of %s a %s is no stranger: it has a price, or a reason for none", async (vendor, kind) => {
  const { lines: found } = await cost(() => make(vendor, kind));
  expect(found.length).toBeGreaterThan(0);
  for (const { item } of found) expect(item).not.toContain(":");
});

/** What the application has at Railway. */
function use(provider: VendorAccount): void {
  make("railway", "Service", { name: "api" }, provider);
  make("railway", "Service", { name: "worker", replicas: 2 }, provider);
}

describe("Railway", () => {
  test("is paid by what containers use, of which the plan includes as much as it costs", async () => {
    expect(await lines(() => use(account("railway")))).toEqual([
      ["plan Pro", 20],
      ["use that Pro includes", -13.5],
      ["1 container", 4.5],
      ["2 containers", 9],
    ]);
  });

  test("is paid once for all that a stack has there, and beyond what is included for the rest", async () => {
    const { usd, complete } = await cost(() => {
      const provider = account("railway");
      use(provider);
      make("railway", "Service", { name: "more", replicas: 3 }, provider);
      make("railway", "Bucket", {}, provider);
      make("railway", "Project", {}, provider);
    });
    expect(usd).toBeCloseTo(2 * 13.5 + 0.75);
    expect(complete).toBe(true);
  });

  test("includes nothing of what another account pays", async () => {
    const { usd } = await cost(() => {
      use(account("railway", "one"));
      account("railway", "other");
    });
    expect(usd).toBeCloseTo(40);
  });

  test("is paid nothing worth a line for what ends when it is done", async () => {
    expect(await lines(() => make("railway", "Service", { restartPolicy: "NEVER" }))).toEqual([
      ["container that ends", 0],
    ]);
  });

  test("says how much use a line is for, which a store has more of", async () => {
    const { lines: found } = await cost(() => {
      make("railway", "Service", { replicas: 2 });
      make("railway", "Service", { volume: "id" });
      make("railway", "Volume");
    });
    expect(found.map(({ assuming }) => assuming)).toEqual([
      "0.25 GB and 0.1 vCPU each on average",
      "0.5 GB and 0.1 vCPU each on average",
      "5 GB on it",
    ]);
  });
});

/** The application with its data at Render. */
const atRender = (more: object) => () => {
  const provider = account("render");
  make("render", "Service", { instances: 3 }, provider);
  make("render", "Service", { plan: "standard", ...more }, provider);
  make("render", "Postgres", { plan: "pro_4gb", diskSizeGB: 20, highAvailability: true }, provider);
  make("render", "KeyValue", {}, provider);
};

describe("Render", () => {
  test("is paid by instance, plan and disk, its workspace only where it scales", async () => {
    expect(await lines(atRender({}))).toEqual([
      ["workspace Hobby", 0],
      ["Valkey starter", 10],
      ["PostgreSQL pro_4gb", 110],
      ["disk of 20 GB", 12],
      ["3 instances starter", 21],
      ["instance standard", 25],
    ]);
    expect((await lines(atRender({ maxInstances: 4 })))[0]).toEqual(["workspace Pro", 25]);
  });

  test("does not tell how large a disk is that its plan decides on", async () => {
    const { lines: found, complete } = await cost(() => make("render", "Postgres"));
    expect(found.map(({ item, usd }) => [item, usd])).toEqual([
      ["PostgreSQL basic_256mb", 6],
      ["disk", undefined],
    ]);
    expect(complete).toBe(false);
  });
});

test("Fly.io is paid by machine, dearer by region, and by the database's plan and disk", async () => {
  const machine = { size: "shared-cpu-1x", memory: 512 };
  const { lines: found, usd } = await cost(() => {
    const provider = account("fly");
    make("fly", "App", { name: "app" }, provider);
    make("fly", "Machine", { ...machine, region: "ewr" }, provider);
    make("fly", "Machine", { ...machine, region: "fra" }, provider);
    make("fly", "Machine", { ...machine, region: "fra", runsOnce: true }, provider);
    make("fly", "Postgres", { plan: "starter" }, provider);
  });
  expect(found.map(({ item }) => item)).toEqual([
    "app",
    "machine shared-cpu-1x with 512 MB in ewr",
    "machine that ends",
    "machine shared-cpu-1x with 512 MB in fra",
    "PostgreSQL starter",
    "disk of 10 GB",
  ]);
  expect(usd).toBeCloseTo(3.69 + 3.69 * 1.153846154 + 72 + 2.8);
});

describe("Supabase", () => {
  test("is paid by organization and compute, of which the plan includes the smallest", async () => {
    const found = await lines(() => {
      const provider = account("supabase");
      make("supabase", "Project", {}, provider);
      make("supabase", "Project", { instanceSize: "small" }, provider);
    });
    expect(found).toEqual([
      ["plan Pro", 25],
      ["compute that Pro includes", -10],
      ["compute small", 15],
      ["compute micro", 10],
    ]);
  });
});

test("Neon is paid by compute unit for all of the month, and by what is stored", async () => {
  expect(await lines(() => make("neon", "Project", { minComputeUnits: 0.5 }))).toEqual([
    ["compute", 38.69],
    ["storage", 1.75],
  ]);
});

test("Upstash is paid by plan; what commands cost, nobody knows before", async () => {
  const found = await lines(() => {
    make("upstash", "Redis", { plan: "fixed_250mb" });
    make("upstash", "Redis");
  });
  expect(found).toEqual([
    ["Redis fixed_250mb", 10],
    ["Redis payg", undefined],
  ]);
});

test("Vercel is paid by seat, not by project", async () => {
  const found = await lines(() => {
    for (const name of ["web", "docs"]) new VercelProject(name, { name });
  });
  expect(found).toEqual([
    ["plan Pro", 20],
    ["project", 0],
  ]);
});

test("Netlify is paid by account", async () => {
  const found = await lines(() => {
    const provider = account("netlify");
    make("netlify", "Site", {}, provider);
    make("netlify", "Deploy", {}, provider);
  });
  expect(found).toEqual([
    ["plan Pro", 20],
    ["deploy", 0],
    ["site", 0],
  ]);
});

test("R2 is free up to 10 GB, of one bucket", async () => {
  const found = await lines(() => {
    for (const name of ["pictures", "more"]) new R2Bucket(name, { accountId: "account", name });
  });
  expect(found).toEqual([
    ["bucket, 10 GB of it free", 0.6],
    ["bucket", 0.75],
  ]);
});

describe("Browserbase", () => {
  test.each([
    [1, "plan Developer, up to 25 browsers at once", 20],
    [25, "plan Developer, up to 25 browsers at once", 20],
    [26, "plan Startup, up to 100 browsers at once", 99],
    [101, "plan for 101 browsers at once", undefined],
  ])("is paid by how many browsers there are at once: %i", async (sessions, item, usd) => {
    expect(await lines(() => make("browserbase", "Project", { sessions }))).toEqual([[item, usd]]);
  });
});

/** A rule takes the vendor's default where the program says nothing: the kind's own one. */
test.each([
  ["fly", "Postgres", "plan", "basic"],
  ["fly", "Postgres", "diskGb", 10],
  ["neon", "Project", "minComputeUnits", 0.25],
  ["railway", "Service", "replicas", 1],
  ["render", "KeyValue", "plan", "starter"],
  ["render", "Postgres", "plan", "basic_256mb"],
  ["render", "Service", "instances", 1],
  ["render", "Service", "plan", "starter"],
  ["supabase", "Project", "instanceSize", "micro"],
  ["upstash", "Redis", "plan", "payg"],
] as const)("the default of %s %s.%s is that of its price", async (vendor, kind, input, value) => {
  const field = kindsOf(vendor)[kind]!.inputs.shape[input] as z.ZodType;
  expect(field.parse(undefined)).toBe(value);
  const [said, unsaid] = [
    await cost(() => make(vendor, kind, { [input]: value })),
    await cost(() => make(vendor, kind)),
  ];
  expect(unsaid.lines.map(({ item, usd }) => [item, usd])).toEqual(
    said.lines.map(({ item, usd }) => [item, usd]),
  );
});
