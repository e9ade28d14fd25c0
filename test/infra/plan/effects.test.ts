import { expect, test } from "vitest";
import { effectsOf } from "../../../infra/plan/effects.ts";
import type { RecordedResource } from "../../../infra/plan/record.ts";
import { planFixture } from "./fixture.ts";

const container = (name: string, inputs: RecordedResource["inputs"]): RecordedResource => ({
  key: name,
  type: "docker:index/container:Container",
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
