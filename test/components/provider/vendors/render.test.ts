import {
  credentials,
  ownerId,
  startRender,
  startWithService,
} from "../../../support/contracts/render/index.ts";
import { testVendorKind } from "../../../support/vendor-conformance.ts";

const image = (digit: string) => `registry.test/farm/app@sha256:${digit.repeat(64)}`;
const place = { ownerId, region: "frankfurt" };
const account = { vendor: "render", credentials } as const;

const service = {
  name: "testfarm-validation-api",
  ...place,
  type: "web_service",
  image: image("a"),
  registryCredentialId: "rgc-1",
  plan: "standard",
  instances: 2,
  command: "node dist/app/main.js api",
  preDeployCommand: "node dist/app/main.js migrate",
  healthCheckPath: "/api/health",
  maxShutdownDelaySeconds: 120,
  variables: { DATABASE_URL: "canary-address", NODE_ENV: "production" },
};
const deploy = "POST /v1/services/*/deploys";
const patch = "PATCH /v1/services/*";

testVendorKind({
  ...account,
  kind: "Service",
  secrets: ["variables"],
  start: startRender,
  inputs: service,
  outputs: {
    url: "https://testfarm-validation-api.onrender.com",
    host: "testfarm-validation-api-x1",
    dashboardUrl: "https://dashboard.render.com/web/srv-1",
  },
  createCall: "POST /v1/services",
  readCall: "GET /v1/services/{id}",
  count: ({ services }) => services.size,
  changes: [
    { to: { image: image("b") }, calls: [patch, deploy] },
    { to: { registryCredentialId: "rgc-2" }, calls: [patch, deploy] },
    { to: { plan: "pro" }, calls: [patch, deploy] },
    { to: { command: "node dist/app/main.js worker" }, calls: [patch, deploy] },
    { to: { preDeployCommand: "true" }, calls: [patch, deploy] },
    { to: { healthCheckPath: "/api/ready" }, calls: [patch, deploy] },
    { to: { maxShutdownDelaySeconds: 300 }, calls: [patch, deploy] },
    { to: { variables: { NODE_ENV: "test" } }, calls: ["PUT /v1/services/*/env-vars", deploy] },
    {
      to: { image: image("b"), variables: { NODE_ENV: "test" } },
      calls: [patch, "PUT /v1/services/*/env-vars", deploy],
    },
    { to: { instances: 3 }, calls: ["POST /v1/services/*/scale"] },
    { to: { maxInstances: 5 }, calls: ["PUT /v1/services/*/autoscaling"] },
  ],
  replacements: [
    { name: "testfarm-other" },
    { ownerId: "tea-other" },
    { region: "ohio" },
    { type: "private_service" },
  ],
  drift: {
    make: ({ services }) =>
      [...services.values()].forEach((each) => Object.assign(each, { image: { imagePath: image("c") } })),
    shows: { image: image("c") },
  },
  refused: [
    { inputs: { type: "cron" }, property: "type", reason: /is "cron": must be one of web_service, / },
    { inputs: { image: "farm/app:1.0" }, property: "image", reason: /farm\/app:1.0": must name its digest/ },
    { inputs: { ownerId: "farm" }, property: "ownerId", reason: /must be the id of a workspace, tea-/ },
    { inputs: { region: "mad" }, property: "region", reason: /must be one of frankfurt, oregon/ },
    { inputs: { plan: "free" }, property: "plan", reason: /must be one of starter, standard/ },
    { inputs: { instances: 1.5 }, property: "instances", reason: /must be a whole number from 1 to 100/ },
    { inputs: { maxInstances: 1 }, property: "maxInstances", reason: /must not be less than instances/ },
    {
      inputs: { type: "background_worker" },
      property: "healthCheckPath",
      reason: /is for a web_service alone/,
    },
    {
      inputs: { publicHost: "farm.test" },
      property: "publicHost",
      reason: /must be a host such as name\.on/,
    },
    {
      inputs: { maxShutdownDelaySeconds: 301 },
      property: "maxShutdownDelaySeconds",
      reason: /from 1 to 300/,
    },
  ],
});

const run = "POST /v1/services/*/jobs";

testVendorKind({
  ...account,
  kind: "Job",
  secrets: ["variables"],
  start: startRender,
  inputs: {
    name: "testfarm-validation-migrate",
    ...place,
    image: image("a"),
    registryCredentialId: "rgc-1",
    plan: "starter",
    command: "node dist/app/main.js migrate",
    variables: { DATABASE_ADMIN_URL: "canary-address" },
  },
  outputs: { dashboardUrl: "https://dashboard.render.com/cron/crn-1" },
  createCall: "POST /v1/services",
  readCall: "GET /v1/services/{id}",
  count: ({ services }) => services.size,
  changes: [
    { to: { image: image("b") }, calls: [patch, deploy, run] },
    { to: { registryCredentialId: "rgc-2" }, calls: [patch, deploy, run] },
    { to: { plan: "pro" }, calls: [patch, deploy, run] },
    { to: { command: "node dist/app/main.js smoke" }, calls: [patch, deploy, run] },
    {
      to: { variables: { DATABASE_ADMIN_URL: "canary-of-tomorrow" } },
      calls: ["PUT /v1/services/*/env-vars", deploy, run],
    },
  ],
  replacements: [{ name: "testfarm-other" }, { ownerId: "tea-other" }, { region: "ohio" }],
  drift: {
    make: ({ services }) =>
      [...services.values()].forEach((each) => Object.assign(each, { image: { imagePath: image("c") } })),
    shows: { image: image("c") },
  },
  refused: [
    { inputs: { image: "farm/app:1.0" }, property: "image", reason: /farm\/app:1.0": must name its digest/ },
    { inputs: { plan: "free" }, property: "plan", reason: /must be one of starter, standard/ },
    { inputs: { command: "" }, property: "command", reason: /is "": must not be empty/ },
  ],
});

testVendorKind({
  ...account,
  kind: "Postgres",
  secrets: ["password"],
  start: startRender,
  inputs: {
    name: "testfarm-validation",
    ...place,
    version: "17",
    plan: "basic_1gb",
    diskSizeGB: 20,
    highAvailability: false,
    ipAllowList: ["203.0.113.7/32"],
  },
  outputs: {
    host: "dpg-cq1-a",
    externalHost: "dpg-cq1-a.frankfurt-postgres.render.com",
    port: 5432,
    database: "farm",
    user: "farm_user",
    password: "canary-password-of-postgres",
  },
  createCall: "POST /v1/postgres",
  readCall: "GET /v1/postgres/{id}",
  count: ({ databases }) => databases.size,
  changes: [
    { to: { plan: "pro_4gb" }, calls: ["PATCH /v1/postgres/*"] },
    { to: { diskSizeGB: 25 }, calls: ["PATCH /v1/postgres/*"] },
    { to: { highAvailability: true }, calls: ["PATCH /v1/postgres/*"] },
    { to: { ipAllowList: [] }, calls: ["PATCH /v1/postgres/*"] },
  ],
  replacements: [{ name: "testfarm-other" }, { ownerId: "tea-other" }, { region: "ohio" }, { version: "18" }],
  drift: {
    make: ({ databases }) =>
      [...databases.values()].forEach((each) => Object.assign(each, { ipAllowList: [] })),
    shows: { ipAllowList: [] },
  },
  refused: [
    { inputs: { version: "9" }, property: "version", reason: /is "9": must be one of 16, 17, 18/ },
    { inputs: { plan: "starter" }, property: "plan", reason: /must be one of free, basic_256mb/ },
    { inputs: { diskSizeGB: 12 }, property: "diskSizeGB", reason: /is 12: must be 1, or a multiple of 5/ },
    { inputs: { ipAllowList: ["home"] }, property: "ipAllowList.0", reason: /is "home": must be a block/ },
  ],
});

testVendorKind({
  ...account,
  kind: "KeyValue",
  secrets: ["url", "externalUrl"],
  start: startRender,
  inputs: {
    name: "testfarm-validation",
    ...place,
    plan: "standard",
    maxmemoryPolicy: "noeviction",
    ipAllowList: ["203.0.113.7/32"],
  },
  outputs: {
    url: "redis://red-cq1:6379",
    externalUrl: "rediss://red-cq1:canary-password-of-valkey@frankfurt-keyvalue.render.com:6379",
  },
  createCall: "POST /v1/key-value",
  readCall: "GET /v1/key-value/{id}",
  count: ({ stores }) => stores.size,
  changes: [
    { to: { plan: "pro" }, calls: ["PATCH /v1/key-value/*"] },
    { to: { maxmemoryPolicy: "allkeys_lru" }, calls: ["PATCH /v1/key-value/*"] },
    { to: { ipAllowList: [] }, calls: ["PATCH /v1/key-value/*"] },
  ],
  replacements: [{ name: "testfarm-other" }, { ownerId: "tea-other" }, { region: "ohio" }],
  drift: {
    make: ({ stores }) =>
      [...stores.values()].forEach((each) => Object.assign(each, { maxmemoryPolicy: "volatile_ttl" })),
    shows: { maxmemoryPolicy: "volatile_ttl" },
  },
  refused: [
    { inputs: { plan: "huge" }, property: "plan", reason: /must be one of free, starter/ },
    { inputs: { maxmemoryPolicy: "lru" }, property: "maxmemoryPolicy", reason: /must be one of noeviction/ },
  ],
});

testVendorKind({
  ...account,
  kind: "CustomDomain",
  secrets: [],
  start: startWithService,
  inputs: { serviceId: "srv-1", name: "app.farm.test", hasRecord: true },
  outputs: { isVerified: true },
  createCall: "POST /v1/services/{id}/custom-domains",
  readCall: "GET /v1/services/{id}/custom-domains/{name}",
  count: ({ services }) => services.get("srv-1")!.domains.size,
  changes: [{ to: { hasRecord: false }, calls: [] }],
  replacements: [{ serviceId: "srv-2" }, { name: "www.farm.test" }],
  untold: ["hasRecord"],
  refused: [
    { inputs: { serviceId: "api" }, property: "serviceId", reason: /must be the id of a service, srv-/ },
    { inputs: { hasRecord: "yes" }, property: "hasRecord", reason: /must be true or false/ },
    { inputs: { name: "https://app.farm.test/" }, property: "name", reason: /must be a host name such as/ },
  ],
});

testVendorKind({
  ...account,
  kind: "RegistryCredential",
  secrets: ["token"],
  start: startRender,
  inputs: {
    name: "testfarm-validation",
    ownerId,
    registry: "GITHUB",
    username: "farm",
    token: "canary-token-of-registry",
  },
  outputs: {},
  createCall: "POST /v1/registrycredentials",
  readCall: "GET /v1/registrycredentials/{id}",
  count: ({ registryCredentials }) => registryCredentials.size,
  changes: [
    { to: { username: "robot" }, calls: ["PATCH /v1/registrycredentials/*"] },
    { to: { token: "canary-token-of-tomorrow" }, calls: ["PATCH /v1/registrycredentials/*"] },
  ],
  replacements: [{ name: "testfarm-other" }, { ownerId: "tea-other" }, { registry: "DOCKER" }],
  drift: {
    make: ({ registryCredentials }) =>
      [...registryCredentials.values()].forEach((each) => Object.assign(each, { username: "mallory" })),
    shows: { username: "mallory" },
  },
  untold: ["ownerId", "token"],
  refused: [{ inputs: { registry: "QUAY" }, property: "registry", reason: /must be one of GITHUB, GITLAB/ }],
});
