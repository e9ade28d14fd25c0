import { beforeAll, describe, expect, test } from "vitest";
import type { AppEnv } from "../../app/env.ts";
import { record, Secret, type Recording, type Value } from "../../infra/plan/record.ts";
import program from "../../stacks/index.ts";
import type { Environment } from "../../stacks/role-variables.ts";

const config = {
  "testfarm:tier": "vps",
  "testfarm:adminCidrs": JSON.stringify(["198.18.7.7/32"]),
  "testfarm:sshPublicKey": `ssh-ed25519 ${"A".repeat(68)} operator`,
};
const modelKey = "canary-model-key";

/** Every password is a canary, so that one which stands in clear is seen. */
const start = (more: Record<string, string> = {}, preview = false): Promise<Recording> =>
  record(program, {
    project: "testfarm",
    stack: "mvp",
    preview,
    config: { ...config, "testfarm:anthropicApiKey": modelKey, ...more },
    secretKeys: ["testfarm:anthropicApiKey"],
    respond: ({ type, name }) => {
      if (type === "random:index/randomPassword:RandomPassword")
        return { state: { result: `canary-${name}` } };
      if (type === "digitalocean:index/reservedIp:ReservedIp") return { state: { ipAddress: "198.18.0.1" } };
      return { id: "4711" };
    },
  });

let stack: Recording;
beforeAll(async () => {
  stack = await start();
});

const output = (name: keyof AppEnv, { outputs } = stack): unknown => {
  const value = outputs[name];
  return value instanceof Secret ? value.reveal() : value;
};

/** Every text that stands outside a secret. */
function inClear(value: Value | undefined): string[] {
  if (typeof value === "string") return [value];
  if (value === null || typeof value !== "object" || value instanceof Secret) return [];
  return Object.entries(value as Record<string, Value>).flatMap(([key, each]) => [key, ...inClear(each)]);
}

test("every variable of the application is an output, as text", () => {
  for (const name of Object.keys(stack.outputs)) {
    expect(typeof output(name as keyof AppEnv), name).toBe("string");
  }
  // The compiler compares the names; an output that got lost on the way would be seen here.
  expect(Object.keys(stack.outputs)).toEqual(
    expect.arrayContaining(["DATABASE_URL", "REDIS_URL", "S3_BUCKET", "FRONTEND_URL", "NODE_ENV"]),
  );
});

test("a tier that does not provide a variable does not compile", () => {
  const complete = {} as Environment;
  const { DATABASE_URL: _, ...incomplete } = complete;
  // @ts-expect-error DATABASE_URL is missing
  const rejected: Environment = incomplete;
  expect(rejected).toBeDefined();
});

test("no secret stands outside a secret, in any input or output", () => {
  const clear = [
    ...stack.resources.flatMap(({ inputs, name }) => [name, ...inClear(inputs as Value)]),
    ...inClear(stack.outputs as Value),
  ];
  expect(clear.filter((text) => text.includes("canary"))).toEqual([]);
  // The canaries are there: each password reaches a container, and the key reaches the worker.
  const everything = JSON.stringify(stack.resources.map(({ inputs }) => reveal(inputs as Value)));
  const canaries = ["database-owner", "database-service", "browser-token", "auth"].map(
    (part) => `canary-secrets-${part}`,
  );
  const missing = [...canaries, `ANTHROPIC_API_KEY=${modelKey}`].filter((text) => !everything.includes(text));
  expect(missing).toEqual([]);
});

test("credentials are secret outputs", () => {
  const secrets = Object.entries(stack.outputs).filter(([, value]) => value instanceof Secret);
  expect(secrets.map(([name]) => name).toSorted()).toEqual([
    "ANTHROPIC_API_KEY",
    "AUTH_SECRET",
    "BROWSER_TOKEN",
    "DATABASE_ADMIN_URL",
    "DATABASE_DIRECT_URL",
    "DATABASE_URL",
    "OWNER_BOOTSTRAP_TOKEN",
    "REDIS_URL",
  ]);
});

test("services use the account app, the owner's address is for migrations", () => {
  expect(output("DATABASE_URL")).toBe(
    "postgres://app:canary-secrets-database-service@postgres:5432/testfarm",
  );
  expect(output("DATABASE_ADMIN_URL")).toBe(
    "postgres://admin:canary-secrets-database-owner@postgres:5432/testfarm",
  );
  const withOwner = stack.resources
    .filter(({ inputs }) => JSON.stringify(reveal(inputs["envs"] ?? null)).includes("DATABASE_ADMIN_URL"))
    .map(({ name }) => name);
  expect(withOwner).toEqual(["migrate"]);
});

test("the browser holds no secret but the token for its own API", () => {
  const browser = stack.resources.find(({ name, type }) => name === "browser" && type.startsWith("docker:"));
  const secrets = (browser!.inputs["envs"] as Value[]).filter((line) => line instanceof Secret);
  expect(secrets.map((line) => (line as Secret).reveal())).toEqual([
    "BROWSER_TOKEN=canary-secrets-browser-token",
  ]);
});

describe("where people open the page", () => {
  test("is the server's address", () => {
    expect(output("FRONTEND_URL")).toBe("https://198.18.0.1");
    expect(output("API_BASE_URL")).toBe("https://198.18.0.1/api");
  });

  test("is the domain, where one is set", async () => {
    const withDomain = await start({ "testfarm:domain": "testfarm.example.com" });
    expect(output("API_BASE_URL", withDomain)).toBe("https://testfarm.example.com/api");
  });
});

test("a preview makes the same resources as up", async () => {
  const preview = await start({}, true);
  expect(preview.resources.map(({ key }) => key).toSorted()).toEqual(
    stack.resources.map(({ key }) => key).toSorted(),
  );
});

test("up refuses the repository's example values, a preview shows what they would make", async () => {
  const example = {
    "testfarm:adminCidrs": JSON.stringify(["203.0.113.7/32"]),
    "testfarm:sshPublicKey": `ssh-ed25519 ${"A".repeat(68)} example`,
  };
  await expect(start(example)).rejects.toThrow(
    /Pulumi\.mvp\.yaml has 2 errors:\n.*adminCidrs\[0\]: 203\.0\.113\.7\/32 is an example.*\n.*sshPublicKey: is an example/,
  );
  expect((await start(example, true)).resources.length).toBeGreaterThan(20);
});

test.each(["local", "paas", "fly", "kubernetes"])("tier %s says that it is not built yet", async (tier) => {
  const run = record(program, {
    project: "testfarm",
    stack: "other",
    config: { "testfarm:tier": tier },
  });
  await expect(run).rejects.toThrow(`tier ${tier} is not built yet`);
});

function reveal(value: Value): unknown {
  if (value instanceof Secret) return reveal(value.reveal());
  if (Array.isArray(value)) return value.map(reveal);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, reveal(each as Value)]));
}
