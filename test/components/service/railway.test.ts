import { expect, test } from "vitest";
import { service } from "../../../components/service/index.ts";
import { resourceOf } from "../../../infra/testing/index.ts";
import { credentials, type Given, image, recordService, revealed } from "./recording.ts";

const respond: Given["respond"] = ({ type }) => ({
  state: type.endsWith("Project")
    ? { environment: "environment-1" }
    : { logs: "https://railway.com/project/1" },
});
const start = (given: Given = {}) => recordService(service.railway, { respond, ...given });
const container = async (role: "migrate" | "api" | "worker", given: Given = {}) =>
  resourceOf(await start(given), "testfarm:railway:Service", `service-${role}`);

test("is in the stack's project, near its city, at the stack's account", async () => {
  for (const role of ["migrate", "api", "worker"] as const) {
    const { inputs, provider, dataFlow } = await container(role);
    expect(inputs).toMatchObject({
      name: role,
      region: "europe-west4-drams3a",
      environment: "environment-1",
    });
    expect(provider).toBe("pulumi:providers:testfarm::railway");
    const project = ["testfarm:railway:Project::railway-project"];
    expect([dataFlow["project"], dataFlow["environment"]]).toEqual([project, project]);
  }
  expect((await container("api", { near: "singapore" })).inputs["region"]).toBe("asia-southeast1-eqsg3a");
});

test("says the whole command, which takes the place of the image's entry point", async () => {
  for (const role of ["migrate", "api", "worker"] as const)
    expect((await container(role)).inputs["startCommand"]).toBe(`tini -- node dist/app/main.js ${role}`);
});

test("the migrations run once, without a health check or a way in", async () => {
  const { inputs } = await container("migrate", { isPublic: true });
  expect(inputs["restartPolicy"]).toBe("NEVER");
  for (const name of ["healthPath", "port"]) expect(inputs).not.toHaveProperty(name);
});

test("a new API or worker takes over when it is ready, and the old one has time to end", async () => {
  const rolling = { healthPath: "/readyz", drainSeconds: 40, restartPolicy: "ALWAYS" };
  expect((await container("api")).inputs).toMatchObject({ ...rolling, overlapSeconds: 10 });
  expect((await container("worker")).inputs).toMatchObject({ ...rolling, overlapSeconds: 0 });
});

test("only a public API has a public host, at the port that it listens on", async () => {
  expect((await container("api")).inputs).not.toHaveProperty("port");
  expect((await container("api", { isPublic: true })).inputs["port"]).toBe(3001);
  expect((await container("worker", { isPublic: true })).inputs).not.toHaveProperty("port");
});

test("images of a private registry are pulled by its account", async () => {
  const { inputs } = await container("worker", { credentials });
  expect(inputs).toMatchObject({ image, registryUsername: "acme" });
  expect(revealed(inputs["registryPassword"])).toBe("canary-registry");
  expect((await container("worker")).inputs).not.toHaveProperty("registryUsername");
});
