import { beforeAll, describe, expect, test } from "vitest";
import type { AppEnv } from "../../app/env.ts";
import { record, Secret, type Recording, type Value } from "../../infra/plan/record.ts";
import program from "../../stacks/index.ts";
import type { Environment } from "../../stacks/role-variables.ts";
import { revealed } from "../support/revealed.ts";

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
      if (name !== "host-ip") return { id: "4711" };
      // Each provider has a name of its own for the address.
      const address = "198.18.0.1";
      return { id: "4711", state: { ipAddress: address, subnet: address, address } };
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
  const everything = JSON.stringify(stack.resources.map(({ inputs }) => revealed(inputs as Value)));
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
    .filter(({ inputs }) => JSON.stringify(revealed(inputs["envs"] ?? null)).includes("DATABASE_ADMIN_URL"))
    .map(({ name }) => name);
  expect(withOwner).toEqual(["testfarm-mvp-migrate"]);
});

test("the browser holds no secret but the token for its own API", () => {
  const browser = stack.resources.find(({ name }) => name === "testfarm-mvp-browser");
  const secrets = (browser!.inputs["envs"] as Value[]).filter((line) => line instanceof Secret);
  expect(secrets.map((line) => (line as Secret).reveal())).toEqual([
    "BROWSER_TOKEN=canary-secrets-browser-token",
  ]);
});

const named = (name: string, { resources }: Recording) => resources.find((each) => each.name === name);

describe("where people open the page", () => {
  test("is the server's address", () => {
    expect(output("FRONTEND_URL")).toBe("https://198.18.0.1");
    expect(output("API_BASE_URL")).toBe("https://198.18.0.1/api");
    expect(JSON.stringify(named("edge", stack)?.inputs["uploads"])).toContain("tls internal");
  });

  test("is the domain, where one is set", async () => {
    const withDomain = await start({ "testfarm:domain": "testfarm.example.com" });
    expect(output("API_BASE_URL", withDomain)).toBe("https://testfarm.example.com/api");
    const proxy = JSON.stringify(named("edge", withDomain)?.inputs["uploads"]);
    expect(proxy).toContain("https://testfarm.example.com {");
    expect(proxy).not.toContain("tls internal");
  });
});

describe("the domain's record", () => {
  const domain = { "testfarm:domain": "testfarm.example.com" };
  const zone = "0123456789abcdef0123456789abcdef";

  test("is an output for somebody to make by hand, where no provider is named", async () => {
    const { outputs, resources } = await start(domain);
    expect(outputs["DNS_RECORDS"]).toBe("testfarm.example.com. 300 IN A 198.18.0.1");
    expect(resources.filter(({ type }) => type.endsWith(":DnsRecord"))).toEqual([]);
  });

  test("is no output without a domain", () => {
    expect(stack.outputs).not.toHaveProperty("DNS_RECORDS");
  });

  test.each([
    [
      { provider: "cloudflare", zone, ttl: 60 },
      { zoneId: zone, name: "testfarm.example.com", content: "198.18.0.1", ttl: 60 },
    ],
    [
      { provider: "digitalocean", zone: "example.com" },
      { domain: "example.com", name: "testfarm", value: "198.18.0.1", ttl: 300 },
    ],
  ])("is made by %j, and the proxy starts after it", async (dns, inputs) => {
    const recording = await start({ ...domain, "testfarm:dns": JSON.stringify(dns) });
    const made = named("dns-a-testfarm.example.com", recording);
    expect(made?.inputs).toMatchObject({ ...inputs, type: "A" });
    expect(recording.outputs).not.toHaveProperty("DNS_RECORDS");
    const waiting = recording.resources.filter(({ dependsOn }) => dependsOn.includes(made?.key ?? ""));
    expect(waiting.map(({ name }) => name)).toEqual(["edge"]);
  });

  test("is another stack's on standby, and an output", async () => {
    const dns = JSON.stringify({ provider: "digitalocean", zone: "example.com", standby: true });
    const { outputs, resources } = await start({ ...domain, "testfarm:dns": dns });
    expect(outputs["DNS_RECORDS"]).toBe("testfarm.example.com. 300 IN A 198.18.0.1");
    expect(outputs["FRONTEND_URL"]).toBe("https://testfarm.example.com");
    expect(resources.filter(({ type }) => type.endsWith(":DnsRecord"))).toEqual([]);
  });

  test("leaves the proxy's configuration known in a preview", async () => {
    const dns = JSON.stringify({ provider: "digitalocean", zone: "example.com" });
    const preview = await start({ ...domain, "testfarm:dns": dns }, true);
    expect(JSON.stringify(named("edge", preview)?.inputs)).toContain("https://testfarm.example.com {");
  });
});

const kept = ({ resources }: Recording) => resources.filter((each) => each.retainOnDelete || each.protect);

describe.each([
  ["digitalocean", { region: "sgp1", size: "s-4vcpu-8gb" }],
  ["hetzner", { location: "sin", serverType: "ccx23" }],
  ["vultr", { region: "sgp", plan: "vc2-4c-8gb" }],
  ["linode", { region: "ap-south", type: "g6-standard-4" }],
])("at %s", (provider, own) => {
  test("the server is what the configuration says in neutral words, and the page is at its address", async () => {
    const settings = { provider, near: "singapore", size: "medium", rebuild: "again" };
    const elsewhere = await start(
      Object.fromEntries(Object.entries(settings).map(([name, value]) => [`testfarm:${name}`, value])),
    );
    const server = elsewhere.resources.find(({ custom, name }) => custom && name === "host");
    expect(server?.inputs).toMatchObject(own);
    expect(server?.replacementTrigger).toBe("again");
    expect(output("FRONTEND_URL", elsewhere)).toBe("https://198.18.0.1");
  });

  test("an ephemeral stack keeps neither server, address nor data", async () => {
    const ephemeral = await start({ "testfarm:provider": provider, "testfarm:ephemeral": "true" });
    expect(kept(ephemeral)).toEqual([]);
    expect(kept(stack).map(({ name }) => name)).toEqual(
      expect.arrayContaining(["host-ip", "host-volume", "postgres-volume"]),
    );
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
