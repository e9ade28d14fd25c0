import {
  credentials,
  startInhabitedRailway,
  startRailway,
} from "../../../support/contracts/railway/index.ts";
import { testVendorKind } from "../../../support/vendor-conformance.ts";

const id = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
const place = { project: "project-1", environment: "environment-1" };

testVendorKind({
  vendor: "railway",
  kind: "Project",
  secrets: [],
  credentials,
  start: startRailway,
  inputs: { name: "testfarm-validation", workspace: "workspace-1" },
  outputs: { environment: id(2) },
  createCall: "POST projectCreate",
  readCall: "GET project",
  count: ({ projects }) => [...projects.values()].filter(({ deletedAt }) => deletedAt === null).length,
  changes: [
    { to: { name: "testfarm-renamed" }, calls: ["POST projectUpdate"] },
    { to: { deletionProtection: false }, calls: [] },
  ],
  replacements: [{ workspace: "workspace-2" }],
  drift: {
    make: ({ projects }) => projects.forEach((each) => Object.assign(each, { name: "by-hand" })),
    shows: { name: "by-hand" },
  },
  refused: [{ inputs: { workspace: "" }, property: "workspace", reason: /must be the id of a workspace/ }],
});

testVendorKind({
  vendor: "railway",
  kind: "Service",
  secrets: ["registryPassword", "variables"],
  credentials,
  start: startInhabitedRailway,
  inputs: {
    ...place,
    name: "testfarm-validation-api",
    image: "ghcr.io/farm/api@sha256:0a1b",
    region: "europe-west4-drams3a",
    replicas: 2,
    startCommand: "node main.js",
    port: 3000,
    healthPath: "/health",
    healthTimeout: 120,
    drainSeconds: 60,
    overlapSeconds: 20,
    restartPolicy: "ALWAYS",
    restartRetries: 5,
    variables: { PORT: "3000", AUTH_SECRET: "canary-auth-secret" },
  },
  outputs: {
    privateHost: "testfarm-validation-api.railway.internal",
    host: "testfarm-validation-api-production.up.railway.app",
    logs: `https://railway.com/project/project-1/service/${id(1)}?environmentId=environment-1`,
  },
  createCall: "POST serviceCreate",
  readCall: "GET serviceInstance",
  count: ({ services }) =>
    [...services.values()].filter(({ name, deletedAt }) => name.endsWith("-api") && deletedAt === null)
      .length,
  changes: [
    {
      to: { image: "ghcr.io/farm/api@sha256:2c3d" },
      calls: ["POST serviceInstanceUpdate", "POST serviceInstanceDeployV2"],
    },
    {
      to: { variables: { PORT: "3000", LOG_LEVEL: "debug" } },
      calls: ["POST variableCollectionUpsert", "POST serviceInstanceDeployV2"],
    },
    { to: { port: 3001 }, calls: ["POST serviceDomainUpdate"] },
    { to: { tcpPort: 5432 }, calls: ["POST environmentPatchCommit"] },
  ],
  replacements: [{ project: "project-2" }, { environment: "environment-2" }, { name: "testfarm-other" }],
  drift: {
    make: ({ services }) =>
      services.forEach(({ settings }) =>
        Object.assign(settings, { multiRegionConfig: { "us-west2": { numReplicas: 3 } } }),
      ),
    shows: { region: "us-west2", replicas: 3 },
  },
  refused: [
    { inputs: { region: "mars-1" }, property: "region", reason: /is "mars-1": must be one of us-west2, / },
    { inputs: { replicas: 0 }, property: "replicas", reason: /is 0: must be a whole number from 1 to 50/ },
    { inputs: { healthPath: "health" }, property: "healthPath", reason: /is "health": must begin with \// },
    { inputs: { name: "The API" }, property: "name", reason: /small letters, digits and hyphens/ },
    {
      inputs: { volume: "volume-1", replicas: 1 },
      property: "mountPath",
      reason: /is absent: must be given exactly when volume is/,
    },
    {
      inputs: { volume: "volume-1", mountPath: "/data" },
      property: "replicas",
      reason: /is 2: must be 1 with a volume/,
    },
    {
      inputs: { registryUsername: "farm" },
      property: "registryPassword",
      reason: /must be given exactly when registryUsername is/,
    },
    { inputs: { restartPolicy: "often" }, property: "restartPolicy", reason: /must be one of ALWAYS, / },
  ],
});

testVendorKind({
  vendor: "railway",
  kind: "Volume",
  secrets: [],
  credentials,
  start: startInhabitedRailway,
  inputs: { ...place, name: "testfarm-validation-database", region: "us-west2" },
  outputs: { volume: id(1) },
  createCall: "POST volumeCreate",
  readCall: "GET volumeInstance",
  count: ({ volumes }) => [...volumes.values()].filter(({ isPendingDeletion }) => !isPendingDeletion).length,
  changes: [
    { to: { name: "testfarm-renamed" }, calls: ["POST volumeUpdate"] },
    { to: { deletionProtection: false }, calls: [] },
  ],
  replacements: [{ project: "project-2" }, { environment: "environment-2" }],
  drift: {
    make: ({ volumes }) => volumes.forEach((each) => Object.assign(each, { region: "us-east4-eqdc4a" })),
    shows: { region: "us-east4-eqdc4a" },
  },
  refused: [{ inputs: { region: "sjc" }, property: "region", reason: /is "sjc": must be one of us-west2, / }],
});

testVendorKind({
  vendor: "railway",
  kind: "CustomDomain",
  secrets: [],
  credentials,
  start: startInhabitedRailway,
  inputs: { service: "project-1/environment-1/service-1", domain: "api.farm.test", port: 3000 },
  outputs: {
    target: "g05ns7.up.railway.app",
    verificationName: "_railway-verify.api.farm.test",
    verificationValue: "railway-verify=abc123",
  },
  createCall: "POST customDomainCreate",
  readCall: "GET customDomain",
  count: ({ customDomains }) => customDomains.size,
  changes: [{ to: { port: 3001 }, calls: ["POST customDomainUpdate"] }],
  replacements: [{ service: "project-1/environment-1/service-2" }, { domain: "www.farm.test" }],
  drift: {
    make: ({ customDomains }) => customDomains.forEach((each) => Object.assign(each, { targetPort: 80 })),
    shows: { port: 80 },
  },
  refused: [
    { inputs: { service: "api" }, property: "service", reason: /is "api": must be the id of a Service/ },
    { inputs: { domain: "farm" }, property: "domain", reason: /is "farm": must be a domain such as/ },
    { inputs: { port: 0 }, property: "port", reason: /is 0: must be a whole number from 1 to 65535/ },
  ],
});

testVendorKind({
  vendor: "railway",
  kind: "Bucket",
  secrets: ["accessKeyId", "secretAccessKey"],
  credentials,
  start: startInhabitedRailway,
  inputs: { ...place, name: "testfarm-validation", region: "ams" },
  outputs: {
    bucket: "testfarm-validation-jdhhd8oe18xi",
    endpoint: "https://storage.railway.app",
    s3Region: "auto",
    urlStyle: "virtual",
    accessKeyId: "canary-access-of-bucket",
    secretAccessKey: "canary-secret-of-bucket",
  },
  createCall: "POST bucketCreate",
  readCall: "GET bucketS3Credentials",
  count: ({ buckets }) => [...buckets.values()].filter(({ isDeleted }) => !isDeleted).length,
  changes: [{ to: { deletionProtection: false }, calls: [] }],
  replacements: [{ region: "sin" }, { name: "testfarm-other" }, { environment: "environment-2" }],
  refused: [
    { inputs: { region: "us-west2" }, property: "region", reason: /must be one of sjc, iad, ams, sin/ },
  ],
});
