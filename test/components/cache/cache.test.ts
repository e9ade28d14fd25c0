import { describe, expect, test } from "vitest";
import { cache } from "../../../components/cache/index.ts";
import { namesWith } from "../../../components/provider/vendor/fields.ts";
import type { Kind } from "../../../components/provider/vendor/kind.ts";
import { vendors } from "../../../components/provider/vendors/index.ts";
import { type RecordedResource, type Recording, Secret } from "../../../infra/plan/record.ts";
import { canariesInClear } from "../../../infra/testing/index.ts";
import { type Company, start } from "./stack.ts";

interface Row {
  readonly url: string;
  /** What holds data, or goes with all that does, and the password that it was made with. */
  readonly kept: readonly string[];
}

const rows: { readonly [Name in Exclude<Company, "none">]: Row } = {
  upstash: {
    url: "rediss://default:canary%40upstash%2Fword@calm-mole-1.upstash.io:6380",
    kept: ["cache"],
  },
  railway: {
    url: "redis://default:canary-made@redis.railway.internal:6379",
    kept: ["cache-password", "cache-volume", "railway-project"],
  },
  render: { url: "redis://red-canary:6379", kept: ["cache"] },
};

test("every company has a row; without one the queue is PostgreSQL's", async () => {
  expect([...Object.keys(rows), "none"].toSorted()).toEqual(Object.keys(cache).toSorted());
  const { outputs, resources } = await start("none");
  expect(outputs).toEqual({ REDIS_URL: "", REDIS_CLUSTER: "" });
  expect(resources.filter(({ custom }) => custom)).toEqual([]);
});

const made = ({ resources }: Recording): RecordedResource[] =>
  resources.filter(({ type, custom }) => custom && !type.startsWith("pulumi:"));

/** The inputs whose change makes another one. */
function fixedInputs({ type, inputs }: RecordedResource): string[] {
  const [, vendor, name] = type.split(":");
  const kinds = vendors[vendor as keyof typeof vendors].kinds as Readonly<Record<string, Kind>>;
  return namesWith(kinds[name!]!.inputs, "willReplaceOnChanges").filter((field) => field in inputs);
}

/** What every company's cache has to be; a new one is one more row. */
describe.each(Object.entries(rows) as [Exclude<Company, "none">, Row][])(
  "a cache at %s",
  (company, { url, kept }) => {
    test("tells its address as a secret, and that it is one server", async () => {
      const { REDIS_URL, REDIS_CLUSTER } = (await start(company)).outputs;
      expect((REDIS_URL as Secret).reveal()).toBe(url);
      expect(REDIS_CLUSTER).toBe("");
    });

    test("has no password in clear", async () => {
      expect(canariesInClear(await start(company), ["canary"])).toEqual([]);
    });

    test("is protected and kept, unless its data may go with the stack", async () => {
      const protectedOnes = made(await start(company)).filter(({ protect }) => protect);
      expect(protectedOnes.map(({ name }) => name).toSorted()).toEqual(kept);
      const stateful = protectedOnes.filter(({ type }) => type.startsWith("testfarm:"));
      for (const { retainOnDelete, inputs } of stateful)
        expect({ retainOnDelete, ...inputs }).toMatchObject({
          retainOnDelete: true,
          deletionProtection: true,
        });
      const ephemeral = made(await start(company, { ephemeral: true }));
      expect(ephemeral.filter(({ protect, retainOnDelete }) => protect || retainOnDelete)).toEqual([]);
      for (const { inputs } of ephemeral.filter(({ name }) => stateful.some((each) => each.name === name)))
        expect(inputs["deletionProtection"]).toBe(false);
    });

    test("is replaced by another name, account or city, and by nothing else", async () => {
      const fixed = made(await start(company))
        .filter(({ type }) => type.startsWith("testfarm:"))
        .flatMap(fixedInputs);
      const allowed = ["environment", "name", "ownerId", "project", "region", "workspace"];
      expect(fixed.filter((field) => !allowed.includes(field))).toEqual([]);
    });

    test("is a component, whose children are at the company's account", async () => {
      const { resources } = await start(company);
      const component = resources.find(({ name, custom }) => name === "cache" && !custom)!;
      expect(component.type.toLowerCase()).toBe(`testfarm:cache:${company}`);
      const own = resources.filter(({ name, custom }) => name.startsWith("cache") && custom);
      expect(own.map(({ parent }) => parent)).toEqual(own.map(() => component.key));
      const theirs = own.filter(({ type }) => type.startsWith("testfarm:"));
      expect(theirs.length).toBeGreaterThan(0);
      for (const { provider } of theirs) expect(provider).toBe(`pulumi:providers:testfarm::${company}`);
    });

    test("is the same in a preview, where the company has told nothing yet", async () => {
      const names = async (preview: boolean) =>
        made(await start(company, {}, { preview })).map(({ type, name }) => [type, name]);
      expect(await names(true)).toEqual(await names(false));
      const { REDIS_URL } = (await start(company, {}, { preview: true })).outputs;
      expect(REDIS_URL).toBeInstanceOf(Secret);
    });
  },
);
