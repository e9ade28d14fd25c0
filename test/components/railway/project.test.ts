import { expect, test } from "vitest";
import { StackAccounts } from "../../../components/accounts.ts";
import { cache } from "../../../components/cache/index.ts";
import { database } from "../../../components/database/index.ts";
import { recordProgram, resourceOf } from "../../../infra/testing/index.ts";

const workspace = "11111111-1111-1111-1111-111111111111";

const start = (ephemeral: boolean) =>
  recordProgram(
    async () => {
      const accounts = new StackAccounts({ accounts: { railway: workspace }, endpoints: {}, secrets: [] });
      const place = { accounts, label: "testfarm-test", near: "madrid", ephemeral } as const;
      await database.railway("database", { ...place, passwords: { owner: "owner", service: "service" } });
      await cache.railway("cache", place);
    },
    { respond: ({ name }) => ({ state: { environment: `environment of ${name}` } }) },
  );

test("all that a stack has at Railway is in one project, which is protected and kept", async () => {
  const recording = await start(false);
  const { inputs, protect, retainOnDelete } = resourceOf(recording, "testfarm:railway:Project");
  expect(inputs).toEqual({ name: "testfarm-test", workspace, deletionProtection: true });
  expect({ protect, retainOnDelete }).toEqual({ protect: true, retainOnDelete: true });
  const services = recording.resources.filter(({ type }) => type === "testfarm:railway:Service");
  expect(services.map(({ inputs: { name, project, environment } }) => [name, project, environment])).toEqual([
    ["postgres", "railway-project-id", "environment of railway-project"],
    ["redis", "railway-project-id", "environment of railway-project"],
  ]);
});

test("it goes with a stack whose data may go", async () => {
  const { inputs, protect, retainOnDelete } = resourceOf(await start(true), "testfarm:railway:Project");
  expect({ protect, retainOnDelete }).toEqual({ protect: false, retainOnDelete: false });
  expect(inputs["deletionProtection"]).toBe(false);
});
