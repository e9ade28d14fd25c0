import { Command } from "@pulumi/command/local/command.js";
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
        engine: {
          target: "testfarm@192.0.2.1",
          sshOptions: ["-o", "StrictHostKeyChecking=yes"],
          ready: new Command("ready"),
        },
        dataDirectory: "/srv/testfarm",
        site: "192.0.2.1",
        certificate: "internal",
        httpPort: 80,
        httpsPort: 443,
        ephemeral: false,
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
    {
      project: "testfarm",
      stack: "mvp",
      preview: false,
      respond: ({ type }) => (type === "testfarm:docker:Slot" ? { state: { slot: "1" } } : {}),
    },
  );

const local: DockerHostArgs = {
  label: "testfarm-local",
  engine: { socket: "/var/run/docker.sock" },
  site: "localhost",
  certificate: "internal",
  httpsPort: 443,
  ephemeral: false,
  sessions: 5,
  images: { from: "registry", app: "registry.test/app:1", web: "registry.test/web:1" },
  passwords: { databaseOwner: "owner", databaseService: "service", cache: "cache" },
  variables,
};

let host: Recording;
let containers: readonly RecordedResource[];
beforeAll(async () => {
  host = await start();
  containers = host.resources.filter(({ type }) => type === "docker:index/container:Container");
});

const named = (name: string, { resources } = host): RecordedResource => {
  const names = [name, `testfarm-mvp-${name}`];
  const found = resources.find((each) => names.includes(each.name) && each.type.startsWith("docker:"));
  if (!found) throw new Error(`no resource is named ${name}`);
  return found;
};
const inputs = (name: string): Readonly<Record<string, Value>> => named(name).inputs;
const namesOf = (name: string): string[] =>
  (inputs(name)["envs"] as string[]).map((line) => line.slice(0, line.indexOf("=")));
const networksOf = (name: string): unknown =>
  (inputs(name)["networksAdvanced"] as { name: string }[]).map((network) => network.name);

/** What a container is, by its label. */
const serviceOf = ({ inputs: { labels } }: RecordedResource): string =>
  (labels as { label: string; value: string }[]).find(({ label }) => label === "testfarm.service")!.value;
const stores = ["edge", "postgres", "redis"];
const release = ["api", "browser", "egress", "web", "worker"];

test("it makes every role, the stores and the proxy, marked with the stack", () => {
  expect(containers.map(serviceOf).toSorted()).toEqual([...stores, ...release, "migrate"].toSorted());
  for (const { inputs: container } of containers)
    expect(container["labels"]).toContainEqual({ label: "testfarm.stack", value: "testfarm-mvp" });
});

test("what there must be one of has a fixed name; a release has new names, and stands before the old one goes", () => {
  for (const container of containers) {
    const service = serviceOf(container);
    const isStore = stores.includes(service);
    expect(container.inputs["name"], service).toBe(isStore ? `testfarm-mvp-${service}` : undefined);
    expect(container.deleteBeforeReplace, service).toBe(isStore ? undefined : false);
  }
});

test("a release is found under its slot, and its parts find each other there", () => {
  const slot = { label: "testfarm.slot", value: "1" };
  for (const service of release) {
    expect(inputs(service)["labels"], service).toContainEqual(slot);
    for (const { aliases } of inputs(service)["networksAdvanced"] as { aliases: string[] }[])
      expect(aliases).toEqual([service, `${service}-1`]);
  }
  expect(inputs("worker")["envs"]).toContain("BROWSER_URL=http://browser-1:3001");
  expect(inputs("browser")["envs"]).toContain("EGRESS_URL=http://egress-1:3001");
  const upstreams = JSON.stringify((inputs("edge")["uploads"] as { content: Value }[]).map(contentOf));
  expect(upstreams).toContain("reverse_proxy api-0:3001 api-1:3001");
  expect(upstreams).toContain("reverse_proxy web-0:8080 web-1:8080");
});

const fingerprint = ({ resources }: Recording) =>
  resources.find(({ name }) => name === "slot")!.inputs["release"];

test("the fingerprint of a release changes with an image or a variable, and not with a store", async () => {
  const own = fingerprint(host);
  expect(fingerprint(await start())).toEqual(own);
  const image = { from: "registry", app: "registry.test/app:2", web: "registry.test/web:1" } as const;
  expect(fingerprint(await start({ images: image }))).not.toEqual(own);
  const changed = { ...variables, worker: { ANTHROPIC_API_KEY: "other" } };
  expect(fingerprint(await start({ variables: changed }))).not.toEqual(own);
  expect(fingerprint(await start({ site: "testfarm.example.com" }))).toEqual(own);
});

const step = (name: string) => host.resources.find((each) => each.name === name)!;

test("a release counts once all of it is healthy, and follows its migrations", () => {
  const rollout = step("rollout").inputs["containers"] as Record<string, string>;
  expect(Object.keys(rollout).toSorted()).toEqual(release);
  for (const service of ["api", "egress", "web"])
    expect(named(service).dependsOn, service).toContain(step("migrated").key);
  expect(step("migrated").dependsOn).toContain(named("migrate").key);
  expect(named("migrate").dependsOn).toContain(named("postgres").key);
  expect(step("slot").dependsOn).toContain(step("migrated").key);
});

test("who uses a service of the release is ended before it", () => {
  expect(named("worker").dependsOn).toContain(named("browser").key);
  expect(named("browser").dependsOn).toContain(named("egress").key);
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

test("backups are part of a release where there is a place for them: with the database, and a way out", async () => {
  const variablesOfBackup = { BACKUP_BUCKET: "backups" };
  const recording = await start({ variables: { ...variables, backup: variablesOfBackup } });
  const { inputs: container } = named("backup", recording);
  expect(container).toMatchObject({ command: ["backup"], envs: ["BACKUP_BUCKET=backups"], readOnly: true });
  expect(container["ports"]).toBeUndefined();
  const networks = (container["networksAdvanced"] as { name: string }[]).map(({ name }) => name);
  expect(networks).toEqual(["testfarm-mvp-data", "testfarm-mvp-out"]);
  const rollout = recording.resources.find(({ name }) => name === "rollout")!;
  expect(Object.keys(rollout.inputs["containers"] as object)).toContain("backup");
  expect(fingerprint(recording)).not.toEqual(fingerprint(host));
});

const backupWith = (pointInTime: string) => ({
  variables: { ...variables, backup: { BACKUP_BUCKET: "backups", BACKUP_POINT_IN_TIME: pointInTime } },
});

test("where every moment is to be restored, PostgreSQL gives its log to the account of backups, which have a volume", async () => {
  const [on, off] = [await start(backupWith("true")), await start(backupWith("false"))];
  const [{ command, uploads }, without] = [named("postgres", on).inputs, named("postgres", off).inputs];
  const own = ["-c", "archive_timeout=60", "-c", "hba_file=/etc/postgresql/pg_hba.conf"];
  expect(command).toEqual([...(without["command"] as Value[]), ...own]);
  expect((uploads as { file: string }[]).map(({ file }) => file)).toEqual([
    "/docker-entrypoint-initdb.d/10-service-account.sh",
    "/etc/postgresql/pg_hba.conf",
  ]);
  expect(contentOf((uploads as { content: Value }[])[1]!)).toBe(
    "local all all trust\nhost all all all scram-sha-256\nhost replication backup all scram-sha-256\n",
  );
  expect(without).toEqual(inputs("postgres"));
  expect(named("backup", on).inputs["volumes"]).toEqual([
    { volumeName: "testfarm-mvp-backup", containerPath: "/srv/backup" },
  ]);
  expect(named("backup", off).inputs["volumes"]).toEqual([]);
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
  expect(withEngines.map(({ name }) => name).toSorted()).toEqual(stores);
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

const contentOf = ({ content }: { content: Value }): Value =>
  typeof content === "object" && content !== null && "reveal" in content
    ? (content as { reveal(): Value }).reveal()
    : content;

/** Of the stack on this machine's engine. */
async function volumesOf(ephemeral: boolean): Promise<readonly RecordedResource[]> {
  const { resources } = await record(
    async () => void new DockerHost("docker-host", { ...local, ephemeral }),
    { project: "testfarm", stack: "local", preview: false },
  );
  return resources.filter(({ type }) => type === "docker:index/volume:Volume");
}

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
