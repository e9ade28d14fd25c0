import * as pulumi from "@pulumi/pulumi";
import type { City } from "../../infra/hosts/catalogue.ts";
import type { Accounts } from "../../infra/contracts/managed.ts";
import { regions } from "../../infra/managed/regions.ts";
import { App, Machine, Release, Secrets } from "./resources.ts";

/** By version: nobody publishes digests of it (superfly/fly-autoscaler, .github/workflows/docker.yml). */
const ownImage = "flyio/fly-autoscaler:0.3.2";

export interface AutoscalerArgs {
  readonly accounts: Accounts;
  readonly label: string;
  readonly near: City;
  /** Names of the apps: whose gauges tell the sessions, and whose machines are started and stopped. */
  readonly api: pulumi.Input<string>;
  readonly worker: pulumi.Input<string>;
  /** What the workers run. */
  readonly image: string;
  /** How many workers there are, and sessions that one of them runs at the same time. */
  readonly count: number;
  readonly concurrency: number;
}

/**
 * Fly.io's own autoscaler (superfly/fly-autoscaler v0.3.2, README.md and reconciler.go, read 2026-11-26): every 15 seconds
 * it asks Fly.io's Prometheus for the sessions that the queue holds, waiting, delayed and active, and starts as many of the
 * workers as they need. Each API tells the whole queue, so that the largest of their figures counts.
 *
 * It stops workers, down to one, when there has been no session for five minutes, and not before: it chooses them by their
 * ids, and one that is stopped hands its sessions on. While no API tells anything it leaves all as it is.
 *
 * It has the stack's own token, of the organization. Narrower ones are made by `fly tokens create deploy` and `readonly`, a
 * mutation of Fly.io's GraphQL API (superfly/flyctl, gql/schema.graphql, createLimitedAccessToken) that needs a person's own
 * token or one of the organization, and tells them once (unverified).
 *
 * Without a release it would not run at all: kind `Release` says which.
 */
export function autoscaler(
  name: string,
  { accounts, label, near, api, worker, image, count, concurrency }: AutoscalerArgs,
  options: pulumi.CustomResourceOptions,
): pulumi.Resource {
  const organization = accounts.requireIdAt("fly");
  const app = new App(name, { name: `${label}-autoscaler`, organization }, options);
  const token = flyToken();
  // It asks whether a release of the workers is running, and ends with a panic where none was ever noted down.
  const release = new Release(
    `${name}-release`,
    { app: worker, image },
    { ...options, ignoreChanges: ["image"] },
  );
  const secrets = new Secrets(
    `${name}-secrets`,
    { app: app.name, values: pulumi.secret({ FAS_API_TOKEN: token, FAS_PROMETHEUS_TOKEN: token }) },
    options,
  );
  return new Machine(
    `${name}-machine`,
    {
      app: app.name,
      name: `${label}-autoscaler`,
      region: regions.fly[near],
      image: ownImage,
      size: "shared-cpu-1x",
      memory: 256,
      env: {
        FAS_APP_NAME: worker,
        FAS_PROCESS_GROUP: "worker",
        FAS_MIN_STARTED_MACHINE_COUNT: `min(${count}, max(1, ceil(sessions / ${concurrency})))`,
        FAS_MAX_STARTED_MACHINE_COUNT: `sessions > 0 ? ${count} : 1`,
        FAS_PROMETHEUS_ADDRESS: `https://api.fly.io/prometheus/${organization}`,
        FAS_PROMETHEUS_METRIC_NAME: "sessions",
        FAS_PROMETHEUS_QUERY: pulumi.interpolate`max_over_time(max(sum by (instance) (testfarm_queue_jobs{app="${api}"}))[5m:15s])`,
      },
      secretsDigest: secrets.digest,
      metricsPort: 9090,
      restart: "always",
    },
    { ...options, dependsOn: [release] },
  );
}

/** With the scheme by which Prometheus knows tokens of `fly tokens create`; a preview needs none. */
const flyToken = (): pulumi.Output<string> =>
  (new pulumi.Config().getSecret("flyToken") ?? pulumi.secret(pulumi.output(pulumi.unknown as string))).apply(
    (token) => token.replace(/^(FlyV1 )?(?=fm)/, "FlyV1 "),
  );
