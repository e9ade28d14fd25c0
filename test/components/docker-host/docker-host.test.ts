import { beforeAll, expect, test } from "vitest";
import { DockerHost } from "../../../components/docker-host/docker-host.ts";
import type { DockerHostArgs } from "../../../infra/contracts/docker-host.ts";
import { record, type RecordedResource, type Recording, type Value } from "../../../infra/plan/record.ts";

const variables: DockerHostArgs["variables"] = {
  api: { PORT: "3001" },
  worker: { ANTHROPIC_API_KEY: "" },
  browser: { BROWSER_TOKEN: "" },
  egress: { PORT: "3001" },
  migrate: { DATABASE_ADMIN_URL: "" },
};

const start = (changes: Partial<DockerHostArgs> = {}): Promise<Recording> =>
  record(
    async () => {
      new DockerHost("docker-host", {
        label: "testfarm-mvp",
        engine: "ssh://testfarm@192.0.2.1",
        dataDirectory: "/srv/testfarm",
        site: "192.0.2.1",
        certificate: "internal",
        sessions: 5,
        images: { from: "registry", app: "registry.test/app:1", web: "registry.test/web:1" },
        passwords: {
          databaseOwner: "owner-canary",
          databaseService: "service-canary",
          cache: "cache-canary",
        },
        variables,
        ...changes,
      });
    },
    { project: "testfarm", stack: "mvp", preview: false },
  );

let host: Recording;
let containers: readonly RecordedResource[];
beforeAll(async () => {
  host = await start();
  containers = host.resources.filter(({ type }) => type === "docker:index/container:Container");
});

const named = (name: string, { resources } = host): RecordedResource => {
  const found = resources.find((each) => each.name === name && each.type.startsWith("docker:"));
  if (!found) throw new Error(`no resource is named ${name}`);
  return found;
};
const inputs = (name: string): Readonly<Record<string, Value>> => named(name).inputs;
const namesOf = (name: string): string[] =>
  (inputs(name)["envs"] as string[]).map((line) => line.slice(0, line.indexOf("=")));
const networksOf = (name: string): unknown =>
  (inputs(name)["networksAdvanced"] as { name: string }[]).map((network) => network.name);

test("it makes every role, the stores and the proxy, named after the stack", () => {
  expect(containers.map(({ inputs: { name } }) => name).toSorted()).toEqual(
    ["api", "browser", "edge", "egress", "migrate", "postgres", "redis", "web", "worker"].map(
      (name) => `testfarm-mvp-${name}`,
    ),
  );
});

test("all containers together leave room on a server of 4 GB with 5 sessions", () => {
  const total = containers.reduce((sum, container) => sum + Number(container.inputs["memory"]), 0);
  expect(total).toBeLessThanOrEqual(3_600);
  expect(Number(inputs("browser")["memory"])).toBeGreaterThanOrEqual(5 * 350);
});

test("more sessions get more memory for browsers, and for nothing else", async () => {
  const larger = await start({ sessions: 10 });
  expect(named("browser", larger).inputs["memory"]).toBe(3_500);
  expect(named("worker", larger).inputs["memory"]).toBe(inputs("worker")["memory"]);
});

test("every container is limited, unprivileged, restarted, and its log bounded", () => {
  for (const { name, inputs: container } of containers) {
    expect(container, name).toMatchObject({
      memory: expect.any(Number) as number,
      memorySwap: container["memory"],
      capabilities: { drops: ["ALL"] },
      securityOpts: expect.arrayContaining(["no-new-privileges:true"]) as string[],
      logOpts: { "max-size": "10m", "max-file": "3" },
      init: true,
      restart: name === "migrate" ? "no" : "unless-stopped",
    });
    expect(container["privileged"], name).toBeUndefined();
  }
});

test("every service has a health check that its start waits for", () => {
  for (const { name, inputs: container } of containers.filter((each) => each.name !== "migrate")) {
    expect(container, name).toMatchObject({ wait: true, healthcheck: { interval: "5s" } });
  }
});

test("only the proxy publishes ports, and those are 80 and 443", () => {
  const published = containers.flatMap(({ name, inputs: container }) =>
    (container["ports"] as { external: number; protocol: string }[]).map(
      ({ external, protocol }) => `${name} ${external}/${protocol}`,
    ),
  );
  expect(published.toSorted()).toEqual(["edge 443/tcp", "edge 443/udp", "edge 80/tcp"]);
});

test("a browser reaches the egress container and nothing else", () => {
  expect(networksOf("browser")).toEqual(["testfarm-mvp-browser"]);
  expect(inputs("browser-network")["internal"]).toBe(true);
  expect(networksOf("egress")).toEqual(["testfarm-mvp-browser", "testfarm-mvp-out"]);
  expect(inputs("browser")["volumes"]).toEqual([]);
});

test("the database and Redis have no route out and are reached by the application only", () => {
  expect(inputs("data-network")["internal"]).toBe(true);
  const onData = containers
    .map(({ name }) => name)
    .filter((name) => String(networksOf(name)).includes("-data"));
  expect(onData.toSorted()).toEqual(["api", "migrate", "postgres", "redis", "worker"]);
});

test("Chromium's sandbox may make user namespaces but not mount or load modules", () => {
  const options = inputs("browser")["securityOpts"] as string[];
  const profile = options.find((option) => option.startsWith("seccomp="))?.slice("seccomp=".length) ?? "";
  const { syscalls } = JSON.parse(profile) as { syscalls: { names: string[]; action: string }[] };
  const refused = syscalls.flatMap(({ names }) => names);
  expect(refused).toEqual(expect.arrayContaining(["mount", "init_module", "ptrace", "bpf", "setns"]));
  expect(refused).not.toContain("clone");
  expect(refused).not.toContain("unshare");
  expect(options.some((option) => option.startsWith("apparmor="))).toBe(false);
});

test("the AppArmor profile is named where the machine has one", async () => {
  const onUbuntu = await start({ chromiumProfile: "testfarm-chromium" });
  expect(named("browser", onUbuntu).inputs["securityOpts"]).toContain("apparmor=testfarm-chromium");
});

test("each role gets its own variables and no other", () => {
  expect(namesOf("api")).toEqual(["PORT"]);
  expect(namesOf("worker")).toEqual(["ANTHROPIC_API_KEY"]);
  expect(namesOf("browser")).toEqual(["BROWSER_TOKEN"]);
  expect(namesOf("migrate")).toEqual(["DATABASE_ADMIN_URL"]);
});

test("migrations run once, before the roles that need them and after the database is healthy", () => {
  expect(inputs("migrate")).toMatchObject({ attach: true, mustRun: false });
  expect(named("migrate").dependsOn).toContain(named("postgres").key);
  expect(named("api").dependsOn).toContain(named("migrate").key);
  expect(named("worker").dependsOn).toContain(named("migrate").key);
});

test("PostgreSQL can be replicated from the first day, with a bound on what a slot keeps", () => {
  const command = (inputs("postgres")["command"] as string[]).join(" ");
  expect(command).toContain("-c wal_level=logical");
  expect(command).toMatch(/-c max_slot_wal_keep_size=\d+GB/);
  expect(inputs("postgres")["envs"]).toContainEqual(expect.stringContaining("--data-checksums"));
});

test("Redis evicts nothing, keeps what it is told, and knows the password by its hash only", () => {
  const files = JSON.stringify((inputs("redis")["uploads"] as { content: Value }[]).map(contentOf));
  expect(files).toContain("maxmemory-policy noeviction");
  expect(files).toContain("appendonly yes");
  expect(files).toContain("user default off");
  expect(files).not.toContain("cache-canary");
});

test("volumes are protected, kept by destroy, and lie on the data disk", () => {
  const volumes = host.resources.filter(({ type }) => type === "docker:index/volume:Volume");
  expect(volumes.map(({ name }) => name).toSorted()).toEqual(
    ["caddy", "postgres", "redis", "storage"].map((name) => `${name}-volume`),
  );
  for (const { protect, retainOnDelete, inputs: volume } of volumes) {
    expect([protect, retainOnDelete]).toEqual([true, true]);
    expect(volume["driverOpts"]).toMatchObject({ type: "none", o: "bind" });
  }
});

test("an IP address gets a certificate of the proxy's own authority, a name one by ACME", async () => {
  const files = JSON.stringify((inputs("edge")["uploads"] as { content: Value }[]).map(contentOf));
  expect(files).toContain("https://192.0.2.1 {\\n\\ttls internal");
  const withName = await start({ site: "testfarm.example.com", certificate: "acme" });
  const withAcme = JSON.stringify(named("edge", withName).inputs["uploads"]);
  expect(withAcme).toContain("https://testfarm.example.com {");
  expect(withAcme).not.toContain("tls internal");
});

test("images are built where Pulumi runs and loaded over SSH, under a name made of their content", async () => {
  const built = await start({
    images: { from: "repository", root: process.cwd(), ssh: "testfarm@192.0.2.1" },
  });
  const command = built.resources.find(
    ({ name, type }) => name === "app-image" && type.startsWith("command:"),
  );
  const create = String(command?.inputs["create"]);
  const [image] = /testfarm-app:[0-9a-f]{12}/.exec(create) ?? [];
  expect(create).toBe(
    `docker build --target app --tag ${image} . && docker save ${image} | ` +
      "ssh -o StrictHostKeyChecking=accept-new testfarm@192.0.2.1 docker load",
  );
  expect(named("api", built).inputs["image"]).toBe(image);
  expect(named("api", built).dependsOn).toContain(command?.key);
});

const contentOf = ({ content }: { content: Value }): Value =>
  typeof content === "object" && content !== null && "reveal" in content
    ? (content as { reveal(): Value }).reveal()
    : content;
