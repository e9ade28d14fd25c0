import { describe, expect, test } from "vitest";
import { StackAccounts } from "../../../components/accounts.ts";
import { renderRegistry } from "../../../components/render/registry.ts";
import { service } from "../../../components/service/index.ts";
import { recordProgram, resourceOf } from "../../../infra/testing/index.ts";
import { credentials, type Given, label, recordService, revealed } from "./recording.ts";

const respond: Given["respond"] = () => ({
  state: {
    url: "https://testfarm.onrender.com",
    host: "testfarm-x1",
    dashboardUrl: "https://dashboard.render.com/web/srv-1",
  },
});
const start = (given: Given = {}) => recordService(service.render, { respond, ...given });
const container = async (role: "api" | "worker", given: Given = {}) =>
  resourceOf(await start(given), "testfarm:render:Service", `service-${role}`);
const migration = async (given: Given = {}) =>
  resourceOf(await start(given), "testfarm:render:Job", "service-migrate");

test("is in the workspace, near its city, at the stack's account, under the stack's label", async () => {
  const all = [await migration(), await container("api"), await container("worker")];
  for (const { inputs, provider } of all) {
    expect(inputs).toMatchObject({ ownerId: "tea-example", region: "frankfurt" });
    expect(provider).toBe("pulumi:providers:testfarm::render");
  }
  expect(all.map(({ inputs }) => inputs["name"])).toEqual([
    `${label}-migrate`,
    `${label}-api`,
    `${label}-worker`,
  ]);
  expect((await container("api", { near: "new-york" })).inputs["region"]).toBe("virginia");
});

test("says the whole command, which takes the place of the image's entry point", async () => {
  const all = { migrate: await migration(), api: await container("api"), worker: await container("worker") };
  for (const [role, { inputs }] of Object.entries(all))
    expect(inputs["command"]).toBe(`tini -- node dist/app/main.js ${role}`);
});

test("a public API takes over when it is ready, a private one as soon as its port is open", async () => {
  expect((await container("api", { isPublic: true })).inputs).toMatchObject({
    type: "web_service",
    healthCheckPath: "/readyz",
  });
  const { inputs } = await container("api");
  expect(inputs["type"]).toBe("private_service");
  expect(inputs).not.toHaveProperty("healthCheckPath");
});

test("what has to go has time to end", async () => {
  for (const role of ["api", "worker"] as const)
    expect((await container(role)).inputs["maxShutdownDelaySeconds"]).toBe(40);
});

test("the API grows with its load, the workers are as many as the stack says", async () => {
  const { inputs } = await container("api");
  expect([inputs["instances"], inputs["maxInstances"]]).toEqual([undefined, 3]);
  expect((await container("worker")).inputs).not.toHaveProperty("maxInstances");
});

test.each([
  [512, "starter"],
  [2048, "standard"],
] as const)("workers with %i MB are of the plan %s", async (memory, plan) => {
  const workers = { count: 1, concurrency: 4, memory };
  expect((await container("worker", { workers })).inputs).toMatchObject({ type: "background_worker", plan });
});

describe("images of a private registry", () => {
  test.each([
    ["ghcr.io", "GITHUB"],
    ["registry.gitlab.com", "GITLAB"],
    ["registry-1.docker.io", "DOCKER"],
    ["docker.io", "DOCKER"],
    ["europe-west4-docker.pkg.dev", "GOOGLE_ARTIFACT"],
    ["eu.gcr.io", "GOOGLE_ARTIFACT"],
    ["123456789012.dkr.ecr.eu-central-1.amazonaws.com", "AWS_ECR"],
  ])("at %s are pulled by the one account of the stack there, which is %s", async (registry, kind) => {
    const recording = await start({ credentials: { ...credentials, registry } });
    const account = resourceOf(recording, "testfarm:render:RegistryCredential");
    expect(account.inputs).toMatchObject({ name: label, registry: kind, username: "acme" });
    expect(revealed(account.inputs["token"])).toBe("canary-registry");
    const users = recording.resources.filter(({ dataFlow }) =>
      dataFlow["registryCredentialId"]?.includes(account.key),
    );
    expect(users.map(({ name }) => name).toSorted()).toEqual([
      "service-api",
      "service-migrate",
      "service-worker",
    ]);
  });

  test.each(["quay.io", "ghcr.io.example.com"])(
    "at %s are refused before anything is made",
    async (registry) => {
      await expect(start({ credentials: { ...credentials, registry } })).rejects.toThrow(
        `registryUsername is for ${registry}, and Render pulls private images from Docker Hub, ghcr.io`,
      );
    },
  );

  test("of the application and of the page are pulled by the same account", async () => {
    const { resources } = await recordProgram(async () => {
      const ids = { render: "tea-example" };
      const accounts = new StackAccounts({ accounts: ids, endpoints: {}, secrets: [] });
      for (const _ of ["application", "page"]) renderRegistry({ accounts, label, credentials });
    });
    expect(resources.filter(({ type }) => type.endsWith("RegistryCredential"))).toHaveLength(1);
  });

  test("need an account, public ones need none", async () => {
    const { resources } = await start();
    expect(resources.filter(({ type }) => type.endsWith("RegistryCredential"))).toEqual([]);
  });
});
