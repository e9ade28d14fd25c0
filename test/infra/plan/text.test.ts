import pc from "picocolors";
import { beforeAll, describe, expect, test } from "vitest";
import type { CostLine } from "../../../infra/cost/cost.ts";
import type { Plan } from "../../../infra/plan/plan.ts";
import { Secret, Unknown } from "../../../infra/plan/record.ts";
import { toText } from "../../../infra/plan/text.ts";
import { planFixture } from "./fixture.ts";

const plain = pc.createColors(false);
/** The lines under a heading, without their margin. */
function section(plan: Plan, heading: string): string[] | undefined {
  const blocks = toText(plan, plain).trimEnd().split("\n\n");
  const found = blocks.map((block) => block.split("\n")).find(([title]) => title === heading);
  return found?.slice(1).map((line) => line.slice(2));
}

let priced: Plan;
let unpriced: Plan;
beforeAll(async () => {
  priced = await planFixture("priced");
  unpriced = await planFixture("unpriced");
});

test("resources are a tree with their kind, and marks on what destroy spares", () => {
  expect(section(priced, "Resources")).toEqual([
    "└─ fixture-priced  pulumi Stack",
    "   ├─ server  digitalocean Droplet",
    "   ├─ ip  digitalocean ReservedIp",
    "   ├─ ip  digitalocean ReservedIpAssignment",
    "   ├─ data  digitalocean Volume  [protected, kept by destroy]",
    "   ├─ data  digitalocean VolumeAttachment",
    "   ├─ engine  docker provider",
    "   ├─ password  random RandomPassword",
    "   └─ service  Service",
    "      └─ service-container  docker Container",
  ]);
});

test("what a later change does is told by service, and not at all where nobody would notice", () => {
  const heading = "Later: what a change of its settings does";
  const effects = [
    { resource: "edge", says: "cuts every open connection" },
    { resource: "postgres", says: "restarts the database" },
  ];
  expect(section({ ...priced, effects }, heading)).toEqual([
    "edge      cuts every open connection",
    "postgres  restarts the database",
  ]);
  expect(section(priced, heading)).toBeUndefined();
});

test("where things are is told by city, and not at all on tiers whose providers tell it themselves", () => {
  const heading = "Regions: where each city is, or the nearest place to it";
  const regions = [
    { city: "madrid", region: "fra", company: "fly", what: "machines" },
    { city: "new-york", region: "ewr", company: "fly", what: "machines" },
    { region: "us-west2", company: "railway", what: "services" },
  ] as const;
  expect(section({ ...priced, regions }, heading)).toEqual([
    "madrid     ->  fra       (Fly.io machines)",
    "new-york   ->  ewr       (Fly.io machines)",
    "elsewhere  ->  us-west2  (Railway services)",
  ]);
  expect(section(priced, heading)).toBeUndefined();
});

test("a branch goes on beside the children of one that is not the last", () => {
  const [stack, service, container] = ["Stack", "Service", "Container"].map((last) =>
    priced.resources.find(({ type }) => type.endsWith(`:${last}`)),
  );
  const other = { ...service!, key: "other", name: "other", protect: true };
  const resources = [stack!, service!, container!, other];
  expect(section({ ...priced, resources }, "Resources")).toEqual([
    "└─ fixture-priced  pulumi Stack",
    "   ├─ service  Service",
    "   │  └─ service-container  docker Container",
    "   └─ other  Service  [protected]",
  ]);
});

test("data flow says whose output is whose input, by kind where a name is not enough", () => {
  expect(section(priced, "Data flow: whose output is whose input")).toEqual([
    "server           ->  ip (ReservedIpAssignment).dropletId, data (VolumeAttachment).dropletId",
    "ip (ReservedIp)  ->  ip (ReservedIpAssignment).ipAddress, engine.host",
    "data (Volume)    ->  data (VolumeAttachment).volumeId",
    "password         ->  service-container.envs",
  ]);
});

describe("cost", () => {
  const heading = "Monthly cost in USD";

  test("is a sum with the source of each price, and marks those that nobody confirmed", () => {
    expect(section(priced, heading)).toEqual([
      "server  server s-2vcpu-4gb            24.00  the product owner's own table: a 24 USD server, 2026-11",
      "ip      reserved IP, attached          free",
      "ip      reserved IP's assignment       free",
      "data    disk of 25 GB                  2.50  0.10 per GB; unconfirmed: secondary pages, 2026-11",
      "data    disk's attachment              free",
      "total                             26.50 USD  list prices, some of them unconfirmed; without tax and usage",
    ]);
    expect(toText(priced, plain)).toMatch(/^fixture priced: tier vps, 10 resources, 26\.50 USD a month\n/);
  });

  test("is at least the sum where a price is unknown", () => {
    const lines = section(unpriced, heading);
    expect(lines?.[0]).toMatch(/^server +server m6-32vcpu-256gb +unknown$/);
    expect(lines?.at(-1)).toMatch(/^total +at least 2\.50 USD /);
    expect(toText(unpriced, plain)).toMatch(/^fixture unpriced: .*, at least 2\.50 USD a month\n/);
  });

  test("says how much use it is for, what a plan takes off, and what a price has been", () => {
    const price = { usd: 20, source: "https://shop.test", date: "2026-11", confirmed: true };
    const lines: CostLine[] = [
      {
        name: "account",
        item: "plan Pro",
        usd: 20,
        price: { ...price, before: { usd: 99, source: "https://old.test", date: "2025" } },
      },
      { name: "account", item: "use that Pro includes", usd: -4.5, price },
      {
        name: "api",
        item: "disk",
        usd: 4.5,
        price: { ...price, unit: "GB", usd: 0.015 },
        assuming: "300 GB",
      },
    ];
    const cost = { lines, usd: 20, complete: true, confirmed: true };
    expect(section({ ...priced, cost }, heading)).toEqual([
      "account  plan Pro                   20.00  https://shop.test, 2026-11; before: 99.00, https://old.test, 2025",
      "account  use that Pro includes      -4.50  https://shop.test, 2026-11",
      "api      disk, assuming 300 GB       4.50  0.015 per GB; https://shop.test, 2026-11",
      "total                           20.00 USD  list prices; without tax, usage as assumed",
    ]);
  });

  test("says nothing of unconfirmed prices where all are confirmed", () => {
    const lines = priced.cost.lines.filter(({ name }) => name === "server");
    const cost = { lines, usd: 24, complete: true, confirmed: true };
    expect(section({ ...priced, cost }, heading)?.at(-1)).toMatch(
      /24\.00 USD {2}list prices; without tax and usage$/,
    );
  });

  test("is nothing where no cloud bills", () => {
    const cost = { lines: [], usd: 0, complete: true, confirmed: true };
    expect(section({ ...priced, cost }, heading)).toEqual(["nothing that a cloud bills"]);
  });
});

test("outputs are listed by name: what is not set, secret or not known yet says so", () => {
  expect(section(priced, "Outputs")).toEqual([
    "ADDRESS       [known after up]",
    "CONTAINER     [known after up]",
    "DATABASE_URL  [secret]",
    expect.stringMatching(/^DIRECTORY {5}\S+$/),
    "MODEL_KEY     [secret]",
    "S3_BUCKET     (not set)",
  ]);
  const outputs = {
    LIST: ["a", new Secret("canary")],
    MAP: { a: 1, b: new Unknown() },
    PORT: 80,
    NONE: null,
  };
  expect(section({ ...priced, outputs }, "Outputs")).toEqual([
    'LIST  ["a","[secret]"]',
    'MAP   {"a":1,"b":"[known after up]"}',
    "PORT  80",
    "NONE  null",
  ]);
});

test("what is to do before up comes last, and its heading only where there is something", () => {
  const heading = "Before pulumi up";
  expect(section(priced, heading)).toBeUndefined();
  const text = toText({ ...priced, notes: ["one", "two"] }, plain);
  expect(text.endsWith(`\n\n${heading}\n  one\n  two\n`)).toBe(true);
});

test("a plan without outputs and flows has no empty sections", () => {
  const text = toText({ ...priced, outputs: {}, resources: priced.resources.slice(0, 1) }, plain);
  expect(text).not.toMatch(/Outputs|Data flow/);
});

test("colours move no column", () => {
  const plan = { ...unpriced, notes: ["first"] };
  const coloured = toText(plan, pc.createColors(true));
  expect(coloured).toContain("\u001B[");
  // eslint-disable-next-line no-control-regex -- this is what a colour is
  expect(coloured.replaceAll(/\u001B\[\d+m/g, "").replaceAll(/ +\n/g, "\n")).toBe(toText(plan, plain));
});

test("no line ends with blanks", () => {
  expect(toText(unpriced, plain)).not.toMatch(/ \n/);
});
