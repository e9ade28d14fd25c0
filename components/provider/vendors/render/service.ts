/**
 * A service of an image. Neither a change nor new variables deploy it: that is a request of its own, made once, as Render's
 * own client does (https://github.com/render-oss/terraform-provider-render, internal/provider/common/client.go). A new instance gets
 * requests once it is healthy, and the old ones go on when it is not within 15 minutes (https://render.com/docs/health-checks);
 * otherwise they are told to end and get `maxShutdownDelaySeconds` for it. All read 2026-11-26.
 */
import { z } from "zod";
import { fixed, get, kind, type Request, type Step } from "../../vendor/kind.ts";
import { byName, differing, isEmpty, name, ownerId, region, type Region } from "./common.ts";
import {
  change,
  deploysOf,
  environmentOf,
  hasFailed,
  image,
  imageOf,
  mapOf,
  newestDeploy,
  plans,
  progressOf,
  registryCredentialId,
  variables,
  variablesOf,
} from "./deploys.ts";

const types = ["web_service", "private_service", "background_worker"] as const;
/** Percent of the processor in use that autoscaling aims at. */
const busy = 70;

interface Scaling {
  readonly enabled: boolean;
  readonly min: number;
  readonly max: number;
}

/** What is used of the answer to a question for a service. */
interface Service {
  readonly id: string;
  readonly name: string;
  readonly ownerId: string;
  readonly type: (typeof types)[number];
  readonly dashboardUrl: string;
  readonly slug: string;
  readonly suspended: "suspended" | "not_suspended";
  readonly imagePath?: string;
  readonly registryCredential?: { readonly id: string };
  readonly serviceDetails: {
    readonly plan: (typeof plans)[number];
    readonly region: Region;
    readonly numInstances: number;
    readonly autoscaling?: Scaling;
    readonly healthCheckPath?: string;
    readonly maxShutdownDelaySeconds?: number;
    /** A static site has none. */
    readonly envSpecificDetails?: { readonly dockerCommand: string; readonly preDeployCommand?: string };
    /** A background worker has none. */
    readonly url?: string;
  };
}

const inputs = z
  .strictObject({
    name,
    ownerId,
    region,
    type: fixed(z.enum(types, { error: `must be one of ${types.join(", ")}` })).describe(
      "Kind of service: web_service has a public address, private_service one in the private network, background_worker none. A change replaces it.",
    ),
    image,
    registryCredentialId,
    plan: z
      .enum(plans, { error: `must be one of ${plans.join(", ")}` })
      .default("starter")
      .describe("Processor and memory of an instance: see https://render.com/pricing. A change deploys."),
    instances: z
      .int({ error: "must be a whole number from 1 to 100" })
      .min(1)
      .max(100)
      .default(1)
      .describe("How many run, or at least run where maxInstances is set."),
    maxInstances: z
      .int({ error: "must be a whole number from 1 to 100" })
      .min(1)
      .max(100)
      .optional()
      .describe(
        `How many run at most, by Render's autoscaling at ${busy} % of the processor. Absent: no autoscaling.`,
      ),
    command: z
      .string()
      .optional()
      .describe("What is run instead of the image's own command. A change deploys."),
    preDeployCommand: z
      .string()
      .optional()
      .describe("Run before a deploy in an instance of its own, such as migrations. A change deploys."),
    healthCheckPath: z
      .string()
      .regex(/^\//, "must begin with /")
      .optional()
      .describe(
        "Where a web_service answers 2xx or 3xx within 5 seconds when it can take requests. A change deploys.",
      ),
    publicHost: z
      .string()
      .regex(/^[a-z\d-]+\.onrender\.com$/, "must be a host such as name.onrender.com")
      .optional()
      .describe(
        "Host that a web_service has to get, where others were told it before. Render makes it from the name, unless somebody else has it. Absent: any.",
      ),
    maxShutdownDelaySeconds: z
      .int({ error: "must be a whole number of seconds from 1 to 300" })
      .min(1)
      .max(300)
      .default(30)
      .describe("Seconds that it may take to end after SIGTERM. A change deploys."),
    variables,
  })
  .refine(({ type, healthCheckPath }) => type === "web_service" || healthCheckPath === undefined, {
    path: ["healthCheckPath"],
    error: "is for a web_service alone; leave it out",
  })
  .refine(({ instances, maxInstances }) => maxInstances === undefined || maxInstances >= instances, {
    path: ["maxInstances"],
    error: "must not be less than instances",
  });

type Given = z.output<typeof inputs>;

const settingsOf = (given: Partial<Given>) => ({
  plan: given.plan,
  maxShutdownDelaySeconds: given.maxShutdownDelaySeconds,
  preDeployCommand: given.preDeployCommand ?? "",
  envSpecificDetails: { dockerCommand: given.command ?? "" },
  ...(given.type === "web_service" && { healthCheckPath: given.healthCheckPath ?? "" }),
});
const scalingOf = ({ instances, maxInstances }: Partial<Given>) => ({
  enabled: true,
  min: instances,
  max: maxInstances,
  criteria: { cpu: { enabled: true, percentage: busy }, memory: { enabled: false, percentage: busy } },
});

function scale(path: string, now: Given, old: Partial<Given>): readonly Step[] {
  if (now.instances === old.instances && now.maxInstances === old.maxInstances) return [];
  if (now.maxInstances !== undefined)
    return [{ method: "PUT", path: `${path}/autoscaling`, body: scalingOf(now) }];
  const fix: Request = {
    method: "POST",
    path: `${path}/scale`,
    body: { numInstances: now.instances },
    isRepeatable: true,
  };
  return old.maxInstances === undefined ? [fix] : [{ method: "DELETE", path: `${path}/autoscaling` }, fix];
}

export const service = kind({
  description: "A service that runs an image: with a public address, a private one, or none.",
  // A pre-deploy command may take 30 minutes and a deploy 15 (WaitForService in Render's own client).
  patience: 45 * 60,
  inputs,
  outputs: z.object({
    url: z
      .string()
      .describe(
        "Public address of a web_service, host and port of a private_service, empty for a background_worker.",
      ),
    host: z.string().describe("Its name in the private network of its region."),
    dashboardUrl: z.string().describe("Its page in Render's dashboard, with its logs."),
  }),
  find: (given) => byName("/v1/services", "service", given),
  create: (given): Request<{ readonly service: Service }> => ({
    method: "POST",
    path: "/v1/services",
    body: {
      type: given.type,
      name: given.name,
      ownerId: given.ownerId,
      image: imageOf(given),
      envVars: environmentOf(given.variables),
      serviceDetails: {
        runtime: "image",
        region: given.region,
        numInstances: given.instances,
        ...(given.maxInstances !== undefined && { autoscaling: scalingOf(given) }),
        ...settingsOf(given),
      },
    },
  }),
  created: ({ service: { id } }) => ({ id }),
  apply(id, now, old) {
    const path = `/v1/services/${id}`;
    const settings = differing(settingsOf(now), settingsOf(old));
    const changes = {
      ...differing({ image: imageOf(now) }, { image: imageOf(old) }),
      ...(!isEmpty(settings) && { serviceDetails: settings }),
    };
    return [...scale(path, now, old), ...change(id, changes, now.variables, old.variables)];
  },
  read: (id) => ({
    service: get<Service>(`/v1/services/${id}`),
    deploys: deploysOf(id),
    variables: variablesOf(id),
  }),
  progress({ service: { suspended, dashboardUrl, serviceDetails }, deploys }, { publicHost }) {
    if (suspended === "suspended") return { failed: `it is suspended; see ${dashboardUrl}` };
    const { url } = serviceDetails;
    if (publicHost !== undefined && url !== `https://${publicHost}`)
      return { failed: `${publicHost} is somebody else's, so that it is at ${url}; choose another name` };
    return progressOf(deploys, dashboardUrl);
  },
  tell({ service: found, deploys, variables: told }) {
    const { serviceDetails: details } = found;
    const { dockerCommand, preDeployCommand } = details.envSpecificDetails ?? {};
    const deploy = newestDeploy(deploys);
    return {
      inputs: {
        name: found.name,
        ownerId: found.ownerId,
        region: details.region,
        type: found.type,
        // It does not run what did not come up: the next update deploys it again.
        ...(found.imagePath !== undefined && !(deploy && hasFailed(deploy)) && { image: found.imagePath }),
        ...(found.registryCredential && { registryCredentialId: found.registryCredential.id }),
        plan: details.plan,
        ...(details.autoscaling?.enabled
          ? { instances: details.autoscaling.min, maxInstances: details.autoscaling.max }
          : { instances: details.numInstances }),
        ...(dockerCommand && { command: dockerCommand }),
        ...(preDeployCommand && { preDeployCommand }),
        ...(details.healthCheckPath && { healthCheckPath: details.healthCheckPath }),
        ...(details.maxShutdownDelaySeconds !== undefined && {
          maxShutdownDelaySeconds: details.maxShutdownDelaySeconds,
        }),
        variables: mapOf(told),
      },
      outputs: { url: details.url ?? "", host: found.slug, dashboardUrl: found.dashboardUrl },
    };
  },
  remove: (id) => [{ method: "DELETE", path: `/v1/services/${id}` }],
});
