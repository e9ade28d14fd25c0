/**
 * What Render publishes of its objects, as far as it is used; which fields are a must is by
 * https://api-docs.render.com/openapi/render-public-api-1.json of 2026-01-06.
 */
import { flag, integer, listOf, object, oneOf, type Schema, text } from "../contract.ts";

const time: Schema = { type: "string", format: "date-time" };
const orNull = (schema: Schema): Schema => ({ anyOf: [schema, { type: "null" }] });
export const all = (properties: Readonly<Record<string, Schema>>, optional: readonly string[] = []): Schema =>
  object(
    properties,
    Object.keys(properties).filter((name) => !optional.includes(name)),
  );

const oneOfThese = (words: string): Schema => oneOf(...words.trim().split(/\s+/));

export const regions = oneOf("frankfurt", "oregon", "ohio", "singapore", "virginia");
export const types = oneOf("static_site", "web_service", "private_service", "background_worker", "cron_job");
const paidPlans = ["starter", "standard", "pro", "pro_plus", "pro_max", "pro_ultra"];
const servicePlans = oneOf(...paidPlans, "starter_plus", "standard_plus", "free", "custom");
const sizes = [4, 8, 16, 32, 64, 128, 192, 256, 384, 512].map((size) => `${size}gb`);
const databasePlans = oneOf(
  ..."free starter standard pro pro_plus custom basic_256mb basic_1gb basic_4gb".split(" "),
  ...sizes.map((size) => `pro_${size}`),
  ...["16gb", "32gb", "64gb", "128gb", "256gb", "384gb", "512gb", "768gb", "1024gb"].map(
    (size) => `accelerated_${size}`,
  ),
);
const storePlans = oneOf("free", "starter", "standard", "pro", "pro_plus", "custom");
const policies = oneOfThese(`
  noeviction allkeys_lfu allkeys_lru allkeys_random volatile_lfu volatile_lru volatile_random
  volatile_ttl
`);
export const versions = oneOf("11", "12", "13", "14", "15", "16", "17", "18");
const statuses = oneOfThese(`
  creating available unavailable config_restart suspended maintenance_scheduled
  maintenance_in_progress recovery_failed recovery_in_progress unknown updating_instance
`);
const suspended = oneOf("suspended", "not_suspended");
const suspenders = listOf(text);
const owner = all({ id: text, name: text, email: text, type: oneOf("user", "team") });
const blocks = listOf(all({ cidrBlock: text, description: text }));

const delay: Schema = { type: "integer", minimum: 1, maximum: 300 };
const criterion = all({ enabled: flag, percentage: integer });
export const scaling = all({
  enabled: flag,
  min: integer,
  max: integer,
  criteria: all({ cpu: criterion, memory: criterion }),
});
export const image = object({ ownerId: text, registryCredentialId: text, imagePath: text }, [
  "ownerId",
  "imagePath",
]);
const docker = object({
  dockerCommand: text,
  dockerContext: text,
  dockerfilePath: text,
  registryCredentialId: text,
});
export const variables = listOf(all({ key: text, value: text }));

/** Of all types of a service that run. */
export const changes = {
  envSpecificDetails: docker,
  plan: oneOf(...paidPlans),
  preDeployCommand: text,
  runtime: oneOf("docker", "image"),
  maxShutdownDelaySeconds: delay,
};
export const start = { ...changes, autoscaling: scaling, numInstances: integer, region: regions };
export const changesOfCronJob = {
  envSpecificDetails: docker,
  plan: oneOf(...paidPlans),
  runtime: oneOf("docker", "image"),
  schedule: text,
};
export const startOfCronJob = { ...changesOfCronJob, region: regions };
export const ofWeb = { healthCheckPath: text, ipAllowList: blocks, plan: servicePlans };
const running = {
  autoscaling: scaling,
  env: text,
  envSpecificDetails: all(
    { dockerCommand: text, dockerContext: text, dockerfilePath: text, preDeployCommand: text },
    ["preDeployCommand"],
  ),
  numInstances: integer,
  plan: servicePlans,
  region: regions,
  runtime: oneOf("docker", "image"),
  buildPlan: text,
  maxShutdownDelaySeconds: delay,
};
const reached = {
  ...running,
  openPorts: listOf(all({ port: integer, protocol: oneOf("TCP", "UDP") })),
  url: text,
};
const { autoscaling: _, numInstances: __, maxShutdownDelaySeconds: ___, ...ofCronJob } = running;
/** Of a web service, a private one, a background worker, and a cron job. */
const details: Schema = {
  anyOf: [
    ...[{ ...reached, healthCheckPath: text }, reached, running].map((properties) =>
      all(properties, ["autoscaling", "maxShutdownDelaySeconds"]),
    ),
    all({ ...ofCronJob, lastSuccessfulRunAt: time, schedule: text }, ["lastSuccessfulRunAt"]),
  ],
};
export const service = all(
  {
    id: text,
    autoDeploy: oneOf("yes", "no"),
    createdAt: time,
    dashboardUrl: text,
    imagePath: text,
    name: text,
    notifyOnFail: oneOf("default", "notify", "ignore"),
    ownerId: text,
    registryCredential: all({ id: text, name: text }),
    rootDir: text,
    slug: text,
    suspended,
    suspenders,
    type: types,
    updatedAt: time,
    serviceDetails: details,
  },
  ["imagePath", "registryCredential"],
);
export const deploy = object(
  {
    id: text,
    image: object({ ref: text, sha: text, registryCredential: text }),
    status: oneOfThese(`
      created queued build_in_progress update_in_progress live deactivated build_failed
      update_failed canceled pre_deploy_in_progress pre_deploy_failed
    `),
    trigger: text,
    createdAt: time,
  },
  ["id"],
);
export const run = object(
  {
    id: text,
    serviceId: text,
    startCommand: text,
    planId: text,
    status: orNull(oneOf("pending", "running", "succeeded", "failed", "canceled")),
    createdAt: time,
    startedAt: orNull(time),
    finishedAt: orNull(time),
  },
  ["id", "serviceId", "startCommand", "planId", "createdAt"],
);
/** Of the kind job_run_ended. */
export const runEnded = all({
  id: text,
  timestamp: time,
  serviceId: text,
  type: oneOf("job_run_ended"),
  details: all(
    {
      jobId: text,
      status: oneOf("pending", "running", "succeeded", "failed", "canceled"),
      reason: all({ evicted: flag, nonZeroExit: integer, earlyExit: flag }, ["nonZeroExit", "earlyExit"]),
    },
    ["reason"],
  ),
});
export const settingsOfDatabase = {
  name: text,
  plan: databasePlans,
  diskSizeGB: integer,
  enableDiskAutoscaling: flag,
  enableHighAvailability: flag,
  ipAllowList: blocks,
};
export const database = all(
  {
    id: text,
    ipAllowList: orNull(blocks),
    createdAt: time,
    updatedAt: time,
    dashboardUrl: text,
    databaseName: text,
    databaseUser: text,
    highAvailabilityEnabled: flag,
    name: text,
    owner,
    plan: databasePlans,
    diskSizeGB: integer,
    region: regions,
    readReplicas: listOf(object({})),
    role: oneOf("primary", "replica"),
    status: statuses,
    version: versions,
    suspended,
    suspenders,
    diskAutoscalingEnabled: flag,
  },
  ["diskSizeGB"],
);
export const settingsOfStore = {
  name: text,
  plan: storePlans,
  maxmemoryPolicy: policies,
  persistenceMode: oneOf("journal_snapshot", "snapshot", "off"),
  ipAllowList: blocks,
};
export const store = {
  id: text,
  createdAt: time,
  updatedAt: time,
  status: statuses,
  region: regions,
  plan: storePlans,
  name: text,
  owner,
  options: object({ maxmemoryPolicy: text, persistenceMode: text }),
  ipAllowList: orNull(blocks),
  version: text,
};
export const domain = all({
  id: text,
  name: text,
  domainType: oneOf("apex", "subdomain"),
  publicSuffix: text,
  redirectForName: text,
  verificationStatus: oneOf("verified", "unverified"),
  createdAt: time,
});
const registries = oneOf("GITHUB", "GITLAB", "DOCKER", "GOOGLE_ARTIFACT", "AWS_ECR");
export const credential = all({
  id: text,
  name: text,
  registry: registries,
  username: text,
  updatedAt: time,
});
export const settingsOfCredential = { name: text, registry: registries, username: text, authToken: text };

/** Of a page of things: a number in a query is text. */
export const page = { cursor: text, limit: { type: "string", pattern: "^([1-9]\\d?|100)$" } };
export const filtered = object({ ...page, name: text, ownerId: text });
export const paged = object(page);
export const each = (name: string, schema: Schema): Schema => listOf(all({ [name]: schema, cursor: text }));
