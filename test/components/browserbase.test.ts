import { expect, test } from "vitest";
import { StackAccounts } from "../../components/accounts.ts";
import { browserbase } from "../../components/browserbase.ts";
import { canariesInClear, recordProgram, resourceOf, Secret } from "../../infra/testing/index.ts";

const key = "canary-key-of-browserbase";
const recording = recordProgram(
  async () => {
    const accounts = new StackAccounts({
      accounts: {},
      endpoints: { browserbase: "http://127.0.0.1:1" },
      secrets: ["browserbaseApiKey"],
    });
    const { project } = browserbase(accounts, { project: "project-1", sessions: 20 });
    return { BROWSERBASE_PROJECT_ID: project };
  },
  { config: { "testfarm:browserbaseApiKey": key }, secretKeys: ["testfarm:browserbaseApiKey"] },
);

test("a project is looked up with the stack's key, and told to what waits for it", async () => {
  const found = resourceOf(await recording, "testfarm:browserbase:Project", "browserbase");
  expect(found.inputs).toEqual({ project: "project-1", sessions: 20 });
  expect(found.provider).toBe("pulumi:providers:testfarm::browserbase");
  expect((await recording).outputs).toEqual({ BROWSERBASE_PROJECT_ID: "project-1" });
});

test("the key is a secret of the account, which is where the stack file says", async () => {
  const { inputs } = resourceOf(await recording, "pulumi:providers:testfarm", "browserbase");
  expect(inputs).toEqual({
    vendor: "browserbase",
    credentials: expect.any(Secret) as Secret,
    endpoint: "http://127.0.0.1:1",
  });
  expect((inputs["credentials"] as Secret).reveal()).toBe(JSON.stringify({ apiKey: key }));
  expect(canariesInClear(await recording, [key])).toEqual([]);
});
