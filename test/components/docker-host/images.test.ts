import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { images } from "../../../components/docker-host/images.ts";
import { thirdParty } from "../../../infra/images/third-party.ts";
import type { ImageSource } from "../../../infra/contracts/docker-host.ts";
import type { Lock } from "../../../infra/images/lock.ts";
import { recordProgram } from "../../../infra/testing/index.ts";
import { root } from "../../infra/cli/run.ts";

const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;
const registry: ImageSource = { from: "registry", app: "registry.test/app:1", web: "registry.test/web:1" };
const repository: ImageSource = { from: "repository", root };

/** What is pulled, and the commands that build, both by name. */
async function imagesOf(source: ImageSource, lock: Lock) {
  const { resources } = await recordProgram(async () => {
    const parent = new pulumi.ComponentResource("test:index:Host", "host");
    const provider = new docker.Provider("engine", {});
    const site = { options: { parent, provider, dependsOn: [] } };
    images({ images: source, engine: { socket: "/docker.sock" } }, site, lock);
  });
  const of = (type: string, input: string) =>
    Object.fromEntries(
      resources.filter((each) => each.type === type).map(({ name, inputs }) => [name, inputs[input]]),
    );
  return {
    pulled: of("docker:index/remoteImage:RemoteImage", "name"),
    built: of("command:local:Command", "create") as Record<string, string>,
  };
}

const commandWith = async (lock: Lock): Promise<string> =>
  (await imagesOf(repository, lock)).built["app-image"] ?? "";

test("images are pulled by tag where there is no digest, and by both where there is one", async () => {
  const { pulled } = await imagesOf(registry, { [thirdParty.redis]: digest("1") });
  expect(pulled).toEqual({
    "edge-image": thirdParty.edge,
    "postgres-image": thirdParty.postgres,
    "redis-image": `${thirdParty.redis}@${digest("1")}`,
    "app-image": "registry.test/app:1",
    "web-image": "registry.test/web:1",
  });
});

test("own images are built on bases by digest where there is one, under a name of their own", async () => {
  const none = await commandWith({});
  const one = await commandWith({ "node:24-trixie-slim": digest("1"), "caddy:0": digest("1") });
  const two = await commandWith({ "node:24-trixie-slim": digest("2") });
  expect(none).not.toContain("_IMAGE");
  expect(one).toContain(` --build-arg NODE_IMAGE=node:24-trixie-slim@${digest("1")} --target app`);
  expect(one).not.toContain("WEB_IMAGE");
  const tags = [none, one, two].map((command) => /--tag (\S+)/.exec(command)?.[1]);
  expect(tags).toEqual(tags.map(() => expect.stringMatching(/^testfarm-app:[0-9a-f]{12}$/)));
  expect(new Set(tags).size).toBe(3);
});
