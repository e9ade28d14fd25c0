import { expect, test } from "vitest";
import { effectsOf } from "../../../infra/plan/effects.ts";
import type { RecordedResource } from "../../../infra/plan/record.ts";
import { planFixture } from "./fixture.ts";

const container = (name: string, inputs: RecordedResource["inputs"]): RecordedResource =>
  recorded("docker:index/container:Container", name, inputs);

const recorded = (type: string, name: string, inputs: RecordedResource["inputs"]): RecordedResource => ({
  key: name,
  type,
  name,
  custom: true,
  protect: false,
  retainOnDelete: false,
  deleteBeforeReplace: undefined,
  ignoreChanges: [],
  dependsOn: [],
  inputs,
  dataFlow: {},
});

test("a service of which there is one says what its restart does", () => {
  const found = effectsOf([
    container("edge", { name: "testfarm-mvp-edge" }),
    container("postgres", { name: "testfarm-mvp-postgres" }),
    container("redis", { name: "testfarm-mvp-redis" }),
  ]);
  expect(found.map(({ resource }) => resource)).toEqual(["edge", "postgres", "redis"]);
  expect(found[1]?.says).toMatch(/^restarts the database, as switching backup\.pointInTime does: /);
});

test("one that its next release starts beside says nothing, nor does what is no container", async () => {
  expect(effectsOf([container("testfarm-mvp-api", {}), container("postgres", {})])).toEqual([]);
  expect((await planFixture("priced")).effects).toEqual([]);
});

test.each([
  ["testfarm:fly:Postgres", {}, /on its page at fly\.io first/],
  ["testfarm:neon:Project", {}, /logicalReplication/],
  ["testfarm:neon:Project", { logicalReplication: true }, undefined],
  ["testfarm:railway:Service", { volume: "id" }, /moves its volume first where it is the region/],
  ["testfarm:railway:Service", {}, undefined],
  ["testfarm:supabase:Project", {}, /restarts the database where it is the size/],
])("what a change does to a %s with %o is told where people notice it", (type, inputs, says) => {
  const found = effectsOf([recorded(type, "it", inputs)]);
  expect(found.map((each) => each.resource)).toEqual(says ? ["it"] : []);
  for (const each of found) expect(each.says).toMatch(says!);
});
