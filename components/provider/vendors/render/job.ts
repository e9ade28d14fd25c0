/**
 * What runs to its end, once after each change, as a one-off job (https://render.com/docs/one-off-jobs) of a cron job that
 * nothing else needs: a job has the image and the variables of a service, so that it has to be one of its own to have
 * variables of its own. That an image of a registry does as well as one that Render has built is unverified. A cron job costs
 * a dollar a month at least, and has to have a schedule (https://render.com/docs/cronjobs). Read 2026-11-26.
 */
import { z } from "zod";
import { get, kind, type Progress, type Request, wait } from "../../vendor/kind.ts";
import { byName, differing, isEmpty, name, ownerId, region, type Region } from "./common.ts";
import {
  change,
  deploysOf,
  environmentOf,
  image,
  imageOf,
  mapOf,
  newest,
  newestDeploy,
  plans,
  progressOf,
  registryCredentialId,
  variables,
  variablesOf,
} from "./deploys.ts";

/** The rarest that every parser takes: midnight of 29 February. */
const schedule = "0 0 29 2 *";

/** What is used of the answer to a question for a cron job. */
interface CronJob {
  readonly id: string;
  readonly name: string;
  readonly ownerId: string;
  readonly dashboardUrl: string;
  readonly imagePath?: string;
  readonly registryCredential?: { readonly id: string };
  readonly serviceDetails: {
    readonly plan: (typeof plans)[number];
    readonly region: Region;
    readonly envSpecificDetails: { readonly dockerCommand: string };
  };
}

interface Run {
  readonly id: string;
  readonly createdAt: string;
  /** Absent or `null` until it has begun. */
  readonly status?: "pending" | "running" | "succeeded" | "failed" | "canceled" | null;
}
type Runs = readonly { readonly job: Run }[];

interface Ends {
  readonly event: {
    readonly details: { readonly jobId: string; readonly reason?: { readonly nonZeroExit?: number } };
  };
}

const hasEnded = ({ status }: Run): boolean =>
  status === "succeeded" || status === "failed" || status === "canceled";

/** The run of what is deployed now. */
function runOf(deploys: Parameters<typeof newestDeploy>[0], runs: Runs): Run | undefined {
  const deploy = newestDeploy(deploys);
  const run = newest(runs.map(({ job: each }) => each));
  return deploy && run && Date.parse(run.createdAt) >= Date.parse(deploy.createdAt) ? run : undefined;
}

const inputs = z.strictObject({
  name,
  ownerId,
  region,
  image,
  registryCredentialId,
  plan: z
    .enum(plans, { error: `must be one of ${plans.join(", ")}` })
    .default("starter")
    .describe("Processor and memory of it: see https://render.com/pricing. A change deploys."),
  command: z
    .string()
    .min(1, "must not be empty")
    .describe(
      "What is run instead of the image's own command: a program and its arguments, which no shell reads. A change deploys.",
    ),
  variables,
});

const settingsOf = ({ plan, command }: Partial<z.output<typeof inputs>>) => ({
  plan,
  envSpecificDetails: { dockerCommand: command },
});

export const job = kind({
  description:
    "A command that runs to its end in an image, once after each deploy. It is there when it has ended with exit code 0. It runs on 29 February too, since Render makes it of a cron job, which has to have a schedule.",
  // A deploy may take 15 minutes (WaitForService in Render's own client).
  patience: 45 * 60,
  inputs,
  outputs: z.object({
    dashboardUrl: z.string().describe("Its page in Render's dashboard, with the logs of its runs."),
  }),
  find: (given) => byName("/v1/services", "service", given),
  create: (given): Request<{ readonly service: CronJob }> => ({
    method: "POST",
    path: "/v1/services",
    body: {
      type: "cron_job",
      name: given.name,
      ownerId: given.ownerId,
      image: imageOf(given),
      envVars: environmentOf(given.variables),
      serviceDetails: { runtime: "image", region: given.region, schedule, ...settingsOf(given) },
    },
  }),
  created: ({ service: { id } }) => ({ id }),
  isCreatedBare: true,
  apply(id, now, old) {
    const settings = differing(settingsOf(now), settingsOf(old));
    const changes = {
      ...differing({ image: imageOf(now) }, { image: imageOf(old) }),
      ...(!isEmpty(settings) && { serviceDetails: settings }),
    };
    return [
      // Just made, it has all of it, and is being deployed.
      ...(isEmpty(old) ? [] : change(id, changes, now.variables, old.variables)),
      wait(deploysOf(id), (deploys) => progressOf(deploys, `https://dashboard.render.com/cron/${id}`)),
      {
        method: "POST",
        path: `/v1/services/${id}/jobs`,
        body: { startCommand: now.command },
        isRepeatable: true,
      },
    ];
  },
  read: (id) => ({
    service: get<CronJob>(`/v1/services/${id}`),
    deploys: deploysOf(id),
    variables: variablesOf(id),
    runs: get<Runs>(`/v1/services/${id}/jobs`),
    // Of the last hour.
    ends: ({ runs }: { readonly runs: Runs }) =>
      newest(runs.map(({ job: each }) => each))?.status === "failed"
        ? get<readonly Ends[]>(`/v1/services/${id}/events`, { type: "job_run_ended" })
        : undefined,
  }),
  progress({ service: { dashboardUrl }, deploys, runs, ends = [] }): Progress {
    const deployed = progressOf(deploys, dashboardUrl);
    if (deployed !== "ready") return deployed;
    const run = runOf(deploys, runs);
    if (run === undefined) return { pending: "its run has not begun" };
    if (run.status === "succeeded") return "ready";
    if (!hasEnded(run)) return { pending: `its run ${run.id} is ${run.status ?? "about to begin"}` };
    const exit = ends.find(({ event }) => event.details.jobId === run.id)?.event.details.reason?.nonZeroExit;
    const code = exit === undefined ? "" : ` with exit code ${exit}`;
    return {
      failed: `its run ${run.id} ended as ${run.status}${code}; its logs are under Jobs at ${dashboardUrl}`,
    };
  },
  tell({ service: found, deploys, variables: told, runs }) {
    const { plan, region: where, envSpecificDetails } = found.serviceDetails;
    return {
      inputs: {
        name: found.name,
        ownerId: found.ownerId,
        region: where,
        // What has not come to a good end runs again with the next update.
        ...(found.imagePath !== undefined &&
          runOf(deploys, runs)?.status === "succeeded" && { image: found.imagePath }),
        ...(found.registryCredential && { registryCredentialId: found.registryCredential.id }),
        plan,
        command: envSpecificDetails.dockerCommand,
        variables: mapOf(told),
      },
      outputs: { dashboardUrl: found.dashboardUrl },
    };
  },
  remove: (id) => [{ method: "DELETE", path: `/v1/services/${id}` }],
});
