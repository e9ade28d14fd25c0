import * as pulumi from "@pulumi/pulumi";
import pc from "picocolors";
import { beforeAll, describe, expect, test } from "vitest";
import { toMermaid } from "../../../infra/plan/mermaid.ts";
import { flowsOf, kindOf, labeller, type Plan, planOf } from "../../../infra/plan/plan.ts";
import { record } from "../../../infra/plan/record.ts";
import { toText } from "../../../infra/plan/text.ts";
import { answered, planFixture } from "./fixture.ts";

const formats = {
  text: (plan: Plan) => toText(plan, pc.createColors(false)),
  json: (plan: Plan) => JSON.stringify(plan, null, 2),
  mermaid: toMermaid,
};

describe("a plan made after the fact, with every secret known to the program", () => {
  let plan: Plan;
  beforeAll(async () => {
    plan = await planFixture("priced", {
      ...answered,
      config: {
        "testfarm:tier": "vps",
        "testfarm:adminCidrs": '["198.18.7.7/32"]',
        "testfarm:sshPublicKey": "ssh-ed25519 AAAA operator",
        "testfarm:anthropicApiKey": "canary-model-key",
      },
      secretKeys: ["testfarm:anthropicApiKey"],
    });
  });

  test.each(Object.entries(formats))("shows none of them as %s", (_, format) => {
    expect(format(plan)).not.toContain("canary");
  });

  test("says of each that it is one", () => {
    const { outputs } = JSON.parse(formats.json(plan)) as Plan;
    expect(outputs).toMatchObject({ DATABASE_URL: "[secret]", MODEL_KEY: "[secret]" });
    expect(formats.text(plan)).toMatch(/DATABASE_URL +\[secret\]/);
    const container = plan.resources.find(({ name }) => name === "service-container");
    expect(JSON.stringify(container?.inputs["envs"])).toBe('["[secret]"]');
  });

  test("shows what is no secret", () => {
    for (const format of [formats.text, formats.json]) expect(format(plan)).toContain("198.18.0.1");
  });
});

class Part extends pulumi.CustomResource {
  constructor(kind: string, name: string, value: pulumi.Input<string>, parent?: pulumi.Resource) {
    super(`shop:index:${kind}`, name, { value }, parent && { parent });
  }
}

/** The same resources in any order, some of them later than those that the program makes after them. */
const scattered = (order: readonly string[]) => async () => {
  for (const name of order) {
    const parent = new pulumi.ComponentResource("shop:index:Group", name);
    await Promise.resolve();
    const late = new Promise<string>((resolve) => setImmediate(() => resolve(name)));
    new Part("Late", `${name}-late`, late, parent);
    new Part("Soon", `${name}-soon`, name, parent);
  }
  new Part("Zone", "zone", "com");
  return Object.fromEntries(order.map((name) => [name, name]));
};

const planned = async (order: readonly string[]): Promise<Plan> => {
  const recording = await record(scattered(order), { project: "shop", stack: "dev" });
  return planOf(recording, { project: "shop", stack: "dev", tier: "vps", notes: [], violations: [] });
};

describe("the order of a plan", () => {
  const parts = ["web", "api", "worker"];

  test("does not depend on when a resource is registered", async () => {
    const [one, other] = [await planned(parts), await planned(parts.toReversed())];
    for (const format of Object.values(formats)) expect(format(other)).toBe(format(one));
  });

  test("is parents before children, components after other siblings, those by kind and name", async () => {
    expect((await planned(parts)).resources.map(({ name }) => name)).toEqual([
      "shop-dev",
      "zone",
      "api",
      "api-late",
      "api-soon",
      "web",
      "web-late",
      "web-soon",
      "worker",
      "worker-late",
      "worker-soon",
    ]);
  });

  test("of a real program's is the same each time", async () => {
    const [one, other] = [await planFixture("priced"), await planFixture("priced")];
    expect(formats.json(other)).toBe(formats.json(one));
  });
});

test("a plan holds what it is about, every resource once, its cost and its outputs", async () => {
  const plan = await planFixture("priced");
  expect(plan).toMatchObject({ project: "fixture", stack: "priced", tier: "vps", notes: [], violations: [] });
  expect(plan.resources).toHaveLength(10);
  expect(new Set(plan.resources.map(({ key }) => key)).size).toBe(10);
  expect(plan.cost.usd).toBeCloseTo(26.5);
  expect(Object.keys(plan.outputs)).toContain("DATABASE_URL");
});

test("a flow names who hands on, who takes, and as which input", async () => {
  const { resources } = await planFixture("priced");
  const label = labeller(resources);
  expect(
    flowsOf(resources).flatMap(({ from, to }) =>
      to.map(({ resource, input }) => `${label(from)} -> ${label(resource)}.${input}`),
    ),
  ).toEqual([
    "server -> ip (ReservedIpAssignment).dropletId",
    "server -> data (VolumeAttachment).dropletId",
    "ip (ReservedIp) -> ip (ReservedIpAssignment).ipAddress",
    "ip (ReservedIp) -> engine.host",
    "data (Volume) -> data (VolumeAttachment).volumeId",
    "password -> service-container.envs",
  ]);
});

test.each([
  ["digitalocean:index/droplet:Droplet", "digitalocean Droplet"],
  ["command:local:Command", "command Command"],
  ["pulumi:providers:docker", "docker provider"],
  ["pulumi:pulumi:Stack", "pulumi Stack"],
  ["testfarm:docker-host:DockerHost", "DockerHost"],
  ["testfarm:docker:Slot", "Slot"],
  ["testfarm:database:Supabase", "Supabase"],
  ["testfarm:railway:Service", "railway Service"],
])("the type %s is %s to a reader", (type, kind) => {
  expect(kindOf(type)).toBe(kind);
});
