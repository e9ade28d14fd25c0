import { expect, test } from "vitest";
import type { Value } from "../../../infra/plan/record.ts";
import {
  containers,
  contentOf,
  host,
  inputs,
  named,
  namesOf,
  networksOf,
  release,
  serviceOf,
  start,
  stores,
  variables,
  volumesOf,
} from "./recording.ts";

test("it makes every role, the stores and the proxy, marked with the stack", () => {
  expect(containers.map(serviceOf).toSorted()).toEqual([...stores, ...release, "migrate"].toSorted());
  for (const { inputs: container } of containers)
    expect(container["labels"]).toContainEqual({ label: "testfarm.stack", value: "testfarm-mvp" });
});

test("all containers together fit a server of 2 vCPU and 4 GB with 5 sessions, and leave it some", async () => {
  const { resources } = await start({ variables: { ...variables, backup: { BACKUP_BUCKET: "backups" } } });
  const all = resources.filter(
    (each) => each.type === "docker:index/container:Container" && serviceOf(each) !== "migrate",
  );
  const sum = (input: string) => all.reduce((total, each) => total + Number(each.inputs[input]), 0);
  expect(all).toHaveLength(stores.length + release.length + 1);
  expect(sum("memory")).toBeLessThanOrEqual(4_096 - 400);
  expect(sum("cpus")).toBeCloseTo(2, 5);
});

test("a larger machine gives the stores more memory, which their settings use", async () => {
  const larger = await start({ machine: { vcpus: 8, memoryGb: 16 } });
  expect(named("postgres", larger).inputs).toMatchObject({ memory: 2_048, memorySwap: 2_048, cpus: "0.8" });
  expect(inputs("postgres")["command"]).toEqual(
    expect.arrayContaining(["shared_buffers=128MB", "effective_cache_size=256MB"]),
  );
  expect(named("postgres", larger).inputs["command"]).toEqual(
    expect.arrayContaining(["shared_buffers=512MB", "effective_cache_size=1024MB"]),
  );
  expect(JSON.stringify(named("redis", larger).inputs["uploads"])).toContain("maxmemory 384mb");
});

test("every container is limited, unprivileged, restarted, and its log bounded", () => {
  for (const { name, inputs: container } of containers) {
    expect(container, name).toMatchObject({
      memory: expect.any(Number) as number,
      memorySwap: container["memory"],
      cpus: expect.stringMatching(/^[0-9.]+$/) as string,
      capabilities: { drops: ["ALL"] },
      securityOpts: expect.arrayContaining(["no-new-privileges:true"]) as string[],
      logOpts: { "max-size": "10m", "max-file": "3" },
      restart: name === "testfarm-mvp-migrate" ? "no" : "unless-stopped",
    });
    expect(container["privileged"], name).toBeUndefined();
  }
});

test("every service has a health check; the stores' is waited for when they are made", () => {
  for (const container of containers.filter((each) => serviceOf(each) !== "migrate")) {
    expect(container.inputs, container.name).toMatchObject({ healthcheck: { interval: "5s" } });
    expect(container.inputs["wait"], container.name).toBe(stores.includes(container.name) || undefined);
  }
});

test("a first process buries the dead in each: the engine's, or the image's own", () => {
  const withEngines = containers.filter(({ inputs: container }) => container["init"] === true);
  expect(withEngines.map(serviceOf).toSorted()).toEqual([...stores, "web"]);
});

test("only the proxy publishes ports, and those are 80 and 443", () => {
  const published = containers.flatMap(({ name, inputs: container }) =>
    ((container["ports"] ?? []) as { external: number; protocol: string }[]).map(
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
  const onData = containers.map(serviceOf).filter((name) => String(networksOf(name)).includes("-data"));
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
  expect(namesOf("worker")).toEqual(["ANTHROPIC_API_KEY", "BROWSER_URL"]);
  expect(namesOf("browser")).toEqual(["BROWSER_TOKEN", "EGRESS_URL"]);
  expect(namesOf("migrate")).toEqual(["DATABASE_ADMIN_URL"]);
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

test("volumes lie on the data disk, which is what is protected: they only say where, and are kept by destroy", () => {
  const volumes = host.resources.filter(({ type }) => type === "docker:index/volume:Volume");
  expect(volumes.map(({ name }) => name).toSorted()).toEqual(
    ["backup", "caddy", "postgres", "redis", "storage"].map((name) => `${name}-volume`),
  );
  for (const { protect, retainOnDelete, inputs: volume } of volumes) {
    expect([protect, retainOnDelete]).toEqual([false, true]);
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
    images: { from: "repository", root: process.cwd() },
  });
  const command = built.resources.find(
    ({ name, type }) => name === "app-image" && type.startsWith("command:"),
  );
  const create = String(command?.inputs["create"]);
  const [image] = /testfarm-app:[0-9a-f]{12}/.exec(create) ?? [];
  expect(create).toBe(
    `docker build --build-arg NPM_CONFIG_REGISTRY --target app --tag ${image} . && docker save ${image} | ` +
      "'ssh' '-o' 'StrictHostKeyChecking=yes' 'testfarm@192.0.2.1' docker load",
  );
  expect(named("api", built).inputs["image"]).toBe(image);
  expect(named("api", built).dependsOn).toContain(command?.key);
});

test("on an engine of this machine volumes hold the data themselves, and are protected unless all of it may go", async () => {
  for (const ephemeral of [true, false]) {
    const volumes = await volumesOf(ephemeral);
    expect(volumes.length).toBe(5);
    for (const { protect, retainOnDelete, inputs: volume } of volumes) {
      expect([protect, retainOnDelete]).toEqual([!ephemeral, !ephemeral]);
      expect(volume["driverOpts"]).toBeUndefined();
    }
  }
});
