import { createHash } from "node:crypto";
import { expect } from "vitest";
import { credentials, digestOf, startFly } from "../../../support/contracts/fly/index.ts";
import { testVendorKind } from "../../../support/vendor-conformance.ts";

const app = "testfarm-growth";
const cluster = "k1v5";
const common = {
  vendor: "fly",
  credentials,
  start: () => startFly({ apps: [app], clusters: [cluster] }),
} as const;
const image = (digit: string) => `registry.fly.io/testfarm@sha256:${digit.repeat(64)}`;

testVendorKind({
  ...common,
  kind: "App",
  secrets: [],
  start: startFly,
  inputs: { name: app, organization: "farm", network: "testfarm", sharedIpv4: true, ipv6: true },
  outputs: {
    hostname: "testfarm-growth.fly.dev",
    addresses: { sharedIpv4: "66.241.124.2", ipv6: "2a09:8280:1::a:1" },
  },
  createCall: "POST /v1/apps",
  readCall: "GET /v1/apps/{app}",
  count: ({ apps }) => apps.size,
  changes: [
    { to: { flycast: true }, calls: ["POST /v1/apps/*/ip_assignments"] },
    {
      to: { ipv6: false, sharedIpv4: false },
      calls: [
        "DELETE /v1/apps/*/ip_assignments/66.241.124.2",
        "DELETE /v1/apps/*/ip_assignments/2a09%3A8280%3A1%3A%3Aa%3A1",
      ],
    },
  ],
  replacements: [{ name: "testfarm-other" }, { organization: "field" }, { network: "other" }],
  drift: { make: ({ apps }) => apps.get(app)!.ips.shift(), shows: { sharedIpv4: false } },
  refused: [
    { inputs: { name: "TestFarm" }, property: "name", reason: /is "TestFarm": must be 2 to 63 lower-case/ },
    { inputs: { organization: "personal" }, property: "organization", reason: /fly orgs create/ },
    { inputs: { ipv6: "yes" }, property: "ipv6", reason: /is "yes": must be true or false/ },
  ],
});

const values = { AUTH_SECRET: "canary-auth-secret", DATABASE_URL: "postgres://canary" };
const linesOf = (all: Readonly<Record<string, string>>) =>
  Object.entries(all).map(([name, value]) => `${name} ${digestOf(value)}`);
const secretsDigest = createHash("sha256").update(linesOf(values).join("\n")).digest("hex");
testVendorKind({
  ...common,
  kind: "Secrets",
  secrets: ["values"],
  inputs: { app, values },
  outputs: { digest: secretsDigest },
  createCall: "POST /v1/apps/{app}/secrets",
  readCall: "GET /v1/apps/{app}/secrets",
  count: ({ apps }) => [...apps.values()].filter(({ secrets }) => secrets.size > 0).length,
  changes: [{ to: { values: { AUTH_SECRET: "canary-other" } }, calls: ["POST /v1/apps/*/secrets"] }],
  replacements: [{ app: "testfarm-other" }],
  untold: ["values"],
  refused: [
    { inputs: { values: {} }, property: "values", reason: /must hold one secret at least/ },
    {
      inputs: { values: { "A-B": "c" } },
      property: "values.A-B",
      reason: /must map names that environment variables can have/,
    },
  ],
});

testVendorKind({
  ...common,
  kind: "Certificate",
  secrets: [],
  inputs: { app, hostname: "app.farm.test" },
  outputs: {
    a: ["66.241.124.2"],
    aaaa: ["2a09:8280:1::a:1"],
    cname: "testfarm-growth.fly.dev",
    challengeName: "_acme-challenge.app.farm.test",
    challengeTarget: "app.farm.test.k1v5.flydns.net",
    ownershipName: "_fly-ownership.app.farm.test",
    ownershipValue: "app-k1v5",
    status: "pending_validation",
    isConfigured: false,
  },
  createCall: "POST /v1/apps/{app}/certificates/acme",
  readCall: "GET /v1/apps/{app}/certificates/{hostname}",
  count: ({ apps }) => apps.get(app)!.certificates.size,
  replacements: [{ app: "testfarm-other" }, { hostname: "www.farm.test" }],
  refused: [
    { inputs: { hostname: "https://app.farm.test" }, property: "hostname", reason: /must be a host name/ },
  ],
});

testVendorKind({
  ...common,
  kind: "Postgres",
  secrets: ["password"],
  start: startFly,
  inputs: {
    name: "testfarm-growth",
    organization: "farm",
    region: "fra",
    plan: "launch",
    diskGb: 20,
    poolMode: "session",
  },
  outputs: {
    host: "direct.k1v5.flympg.net",
    port: 5432,
    poolerHost: "pgbouncer.k1v5.flympg.net",
    poolerPort: 5432,
    password: "canary-password-of-postgres",
  },
  createCall: "POST /v1/postgres",
  readCall: "GET /v1/postgres/{cluster}",
  count: ({ clusters }) => [...clusters.values()].filter(({ status }) => !status.startsWith("delet")).length,
  replacements: [{ name: "testfarm-other" }, { organization: "field" }, { region: "iad" }, { version: "16" }],
  drift: {
    make: ({ clusters }) =>
      [...clusters.values()].forEach((each) => Object.assign(each, { plan: "Performance" })),
    shows: { plan: "performance" },
  },
  untold: ["diskGb", "poolMode"],
  refused: [
    {
      inputs: { region: "cdg" },
      property: "region",
      reason: /is "cdg": must be one of ams, .*no Managed Postgres/,
    },
    { inputs: { plan: "huge" }, property: "plan", reason: /must be one of basic, starter/ },
    { inputs: { diskGb: 5 }, property: "diskGb", reason: /is 5: must be 10 GB at least/ },
  ],
});

testVendorKind({
  ...common,
  kind: "PostgresUser",
  secrets: ["password"],
  inputs: { cluster, name: "app", role: "writer" },
  outputs: { password: "canary-password-of-postgres" },
  createCall: "POST /v1/postgres/{cluster}/users",
  readCall: "GET /v1/postgres/{cluster}/users/{user}/credentials",
  count: ({ clusters }) => [...clusters.get(cluster)!.users.keys()].filter((name) => name === "app").length,
  changes: [{ to: { role: "schema_admin" }, calls: ["PATCH /v1/postgres/*/users/app"] }],
  replacements: [{ cluster: "other" }, { name: "admin" }],
  drift: {
    make: ({ clusters }) => clusters.get(cluster)!.users.set("app", "reader"),
    shows: { role: "reader" },
  },
  refused: [
    {
      inputs: { role: "owner" },
      property: "role",
      reason: /is "owner": must be one of schema_admin, writer/,
    },
    { inputs: { name: "App" }, property: "name", reason: /lower-case letters/ },
  ],
});

testVendorKind({
  ...common,
  kind: "Release",
  secrets: [],
  inputs: { app, image: image("a") },
  outputs: { version: 1 },
  createCall: "POST /api/v1/releases",
  readCall: "GET /api/v1/apps/{app}/releases/current",
  count: ({ releases }) => releases.filter(({ status }) => status !== "failed").length,
  replacements: [{ app: "testfarm-other" }, { image: image("b") }],
  untold: ["image"],
  refused: [{ inputs: { image: "" }, property: "image", reason: /Too small/ }],
});

const api = {
  app,
  name: "testfarm-growth-api-fra",
  region: "fra",
  image: image("a"),
  size: "shared-cpu-2x",
  memory: 1_024,
  command: ["node", "main.ts", "api"],
  env: { PORT: "3001" },
  files: { "/etc/farm/key": "FARM_KEY" },
  group: "api",
  secretsDigest,
  port: 3001,
  autostop: "stop",
  softLimit: 20,
  hardLimit: 25,
  healthPath: "/readyz",
  metricsPort: 3001,
  killTimeout: 90,
};
const at = "/v1/apps/*/machines/*";
const rolled = [
  `POST ${at}/lease`,
  `POST ${at}/cordon`,
  `POST ${at}`,
  `POST ${at}/uncordon`,
  `DELETE ${at}/lease`,
];
testVendorKind({
  ...common,
  kind: "Machine",
  secrets: [],
  inputs: api,
  outputs: { machineId: expect.any(String) as never, privateIp: "fdaa:0:18:a7b:196:e274:9ce1:2" },
  createCall: "POST /v1/apps/{app}/machines",
  readCall: "GET /v1/apps/{app}/machines/{machine}",
  count: ({ machines }) => [...machines.values()].filter(({ state }) => state !== "destroyed").length,
  changes: [
    { to: { image: image("b") }, calls: rolled },
    { to: { env: { PORT: "3001", LOG_LEVEL: "debug" } }, calls: rolled },
    { to: { secretsDigest: "other" }, calls: rolled },
    { to: { memory: 4_096, size: "performance-1x" }, calls: rolled },
  ],
  replacements: [{ app: "testfarm-other" }, { name: "other" }, { region: "iad" }],
  drift: {
    make: ({ machines }) => machines.forEach((each) => Object.assign(each.config, { image: image("c") })),
    shows: { image: image("c") },
  },
  refused: [
    {
      inputs: { region: "mad" },
      property: "region",
      reason: /is "mad": Fly.io closed Madrid.*use cdg or fra/,
    },
    { inputs: { region: "nyc" }, property: "region", reason: /is "nyc": must be one of ams, arn/ },
    { inputs: { image: "testfarm:latest" }, property: "image", reason: /must end in a digest/ },
    { inputs: { size: "huge" }, property: "size", reason: /must be one of shared-cpu-1x/ },
    {
      inputs: { memory: 8_192 },
      property: "memory",
      reason: /is 8192: must be a multiple of 256 from 512 to 4096/,
    },
    { inputs: { files: { key: "FARM_KEY" } }, property: "files.key", reason: /must map absolute paths/ },
    { inputs: { killTimeout: 300 }, property: "killTimeout", reason: /is 300: must be 240 s at most/ },
    { inputs: { runsOnce: true, restart: "no" }, property: "port", reason: /is 3001: must be absent/ },
  ],
});
