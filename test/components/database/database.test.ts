import { describe, expect, test } from "vitest";
import { database } from "../../../components/database/index.ts";
import { namesWith } from "../../../components/provider/vendor/fields.ts";
import type { Kind } from "../../../components/provider/vendor/kind.ts";
import { vendors } from "../../../components/provider/vendors/index.ts";
import { type RecordedResource, type Recording, Secret } from "../../../infra/plan/record.ts";
import { canariesInClear } from "../../../infra/testing/index.ts";
import { type Company, start } from "./stack.ts";

interface Row {
  readonly DATABASE_URL: string;
  readonly DATABASE_DIRECT_URL: string;
  readonly DATABASE_ADMIN_URL: string;
  /** What holds data, or goes with all that does. */
  readonly kept: readonly string[];
}

const supabase = "aws-1-eu-central-1.pooler.supabase.com";
const neon = "eu-central-1.aws.neon.tech:5432/testfarm?sslmode=verify-full";
const rows: { readonly [Name in Company]: Row } = {
  supabase: {
    DATABASE_URL: `postgres://app.abcdefghijklmnopqrst:canary-service@${supabase}:6543/postgres?sslmode=verify-full`,
    DATABASE_DIRECT_URL: `postgres://app.abcdefghijklmnopqrst:canary-service@${supabase}:5432/postgres?sslmode=verify-full`,
    DATABASE_ADMIN_URL: `postgres://postgres.abcdefghijklmnopqrst:canary-owner@${supabase}:5432/postgres?sslmode=verify-full`,
    kept: ["database"],
  },
  neon: {
    DATABASE_URL: `postgres://app:canary-service@ep-calm-mole-pooler.${neon}`,
    DATABASE_DIRECT_URL: `postgres://app:canary-service@ep-calm-mole.${neon}`,
    DATABASE_ADMIN_URL: `postgres://admin:canary%40neon%2Fowner@ep-calm-mole.${neon}`,
    kept: ["database"],
  },
  railway: {
    DATABASE_URL: "postgres://app:canary-service@postgres.railway.internal:5432/testfarm",
    DATABASE_DIRECT_URL: "postgres://app:canary-service@postgres.railway.internal:5432/testfarm",
    DATABASE_ADMIN_URL: "postgres://admin:canary-owner@postgres.railway.internal:5432/testfarm",
    kept: ["database-volume", "railway-project"],
  },
  fly: {
    DATABASE_URL: "postgresql://app:canary%40fly%2Fapp@pgbouncer.k1v5.flympg.net:5432/fly-db",
    DATABASE_DIRECT_URL: "postgresql://app:canary%40fly%2Fapp@direct.k1v5.flympg.net:5432/fly-db",
    DATABASE_ADMIN_URL: "postgresql://fly-user:canary%40fly%2Fowner@direct.k1v5.flympg.net:5432/fly-db",
    kept: ["database", "database-app"],
  },
  render: {
    DATABASE_URL: "postgres://app:canary-service@dpg-a1b2-a:5432/testfarm_test",
    DATABASE_DIRECT_URL: "postgres://app:canary-service@dpg-a1b2-a:5432/testfarm_test",
    DATABASE_ADMIN_URL: "postgres://testfarm_test_user:canary%40render%2Fowner@dpg-a1b2-a:5432/testfarm_test",
    kept: ["database"],
  },
};

test("every company has a row", () => {
  expect(Object.keys(rows).toSorted()).toEqual(Object.keys(database).toSorted());
});

const made = ({ resources }: Recording): RecordedResource[] =>
  resources.filter(({ type, custom }) => custom && !type.startsWith("pulumi:"));
const revealed = ({ outputs }: Recording) =>
  Object.fromEntries(
    Object.entries(outputs).map(([name, value]) => [name, value instanceof Secret && value.reveal()]),
  );

function kindOf({ type }: RecordedResource): Kind {
  const [, vendor, name] = type.split(":");
  return (vendors[vendor as keyof typeof vendors].kinds as Readonly<Record<string, Kind>>)[name!]!;
}

/** The inputs whose change makes another one. */
const fixedInputs = (resource: RecordedResource): unknown =>
  namesWith(kindOf(resource).inputs, "willReplaceOnChanges").map((field) => [field, resource.inputs[field]]);

/** Whether those that hold data are guarded at the company too. */
const guards = (resources: readonly RecordedResource[]): unknown[] =>
  resources
    .filter((resource) => kindOf(resource).isStateful)
    .map(({ inputs }) => inputs["deletionProtection"]);

/** What every company's database has to be; a new one is one more row. */
describe.each(Object.entries(rows) as [Company, Row][])("a database at %s", (company, { kept, ...urls }) => {
  test("tells its three addresses as secrets: for services, for what needs a session, for the owner", async () => {
    expect(revealed(await start(company))).toEqual(urls);
  });

  test("has no password in clear", async () => {
    expect(canariesInClear(await start(company), ["canary"])).toEqual([]);
  });

  test("is protected and kept, unless its data may go with the stack", async () => {
    const protectedOnes = made(await start(company)).filter(({ protect }) => protect);
    expect(protectedOnes.map(({ name }) => name).toSorted()).toEqual(kept);
    expect(protectedOnes.filter(({ retainOnDelete }) => !retainOnDelete)).toEqual([]);
    expect(new Set(guards(protectedOnes))).toEqual(new Set([true]));
    const ephemeral = made(await start(company, { ephemeral: true }));
    expect(ephemeral.filter(({ protect, retainOnDelete }) => protect || retainOnDelete)).toEqual([]);
    expect(new Set(guards(ephemeral))).toEqual(new Set([false]));
  });

  test("is replaced by another city or account, and by nothing else of the stack's file", async () => {
    const other = { owner: "another-owner", service: "another" };
    const [before, after] = [made(await start(company)), made(await start(company, { passwords: other }))];
    expect(after.map(fixedInputs)).toEqual(before.map(fixedInputs));
  });

  test("is a component, whose children are at the company's account", async () => {
    const { resources } = await start(company);
    const component = resources.find(({ name, custom }) => name === "database" && !custom)!;
    expect(component.type.toLowerCase()).toBe(`testfarm:database:${company}`);
    const own = resources.filter(({ name, custom }) => name.startsWith("database") && custom);
    expect(own.length).toBeGreaterThan(0);
    for (const { parent, provider } of own)
      expect({ parent, provider }).toEqual({
        parent: component.key,
        provider: `pulumi:providers:testfarm::${company}`,
      });
  });

  test("is the same in a preview, where the company has told nothing yet", async () => {
    const names = async (preview: boolean) =>
      made(await start(company, {}, { preview })).map(({ type, name }) => [type, name]);
    expect(await names(true)).toEqual(await names(false));
    const { outputs } = await start(company, {}, { preview: true });
    expect(Object.values(outputs).every((value) => value instanceof Secret)).toBe(true);
  });
});
