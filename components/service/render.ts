import * as pulumi from "@pulumi/pulumi";
import type { Workers } from "../../infra/capacity/managed.ts";
import { ports } from "../../infra/contracts/docker-host.ts";
import type { Api, Service, ServiceArgs } from "../../infra/contracts/managed.ts";
import { regions } from "../../infra/managed/regions.ts";
import { resourceClass } from "../provider/vendor/program.ts";
import { job } from "../provider/vendors/render/job.ts";
import { service } from "../provider/vendors/render/service.ts";
import { renderRegistry } from "../render/registry.ts";
import { commandOf, given, grace, readyPath, type Role } from "../roles.ts";

const RenderContainers = resourceClass("render", "Service", service);
const RenderJob = resourceClass("render", "Job", job);

/** https://render.com/pricing: of 512 MB and of 2 GB. */
const plans = { 512: "starter", 2048: "standard" } as const satisfies Record<Workers["memory"], string>;

/** Instances of the API, by Render's autoscaling. */
const most = 3;

/**
 * API and workers at Render. Another label, workspace or city replaces them, with a gap; so it is for an API that becomes
 * public, or private.
 *
 * Of another image or other variables the migrations run first, as a job. A new API takes over when it is ready; then the
 * old one gets SIGTERM, and SIGKILL after 40 seconds (https://render.com/docs/deploys#zero-downtime-deploys). Of a private
 * one Render sees only whether its port is open, which it is once there is a database. A public one that is not ready for
 * a minute is started anew (https://render.com/docs/health-checks).
 *
 * The API has up to 3 instances, by the load of its processors, which needs a workspace of the plan Pro
 * (https://render.com/docs/scaling#autoscaling). A command takes the place of the image's entry point, as Render's dashboard
 * says of it. All read 2026-11-26.
 *
 * `pulumi up` fails with "its run job-... ended as failed", the exit code and the page with the logs where the migrations
 * do: API and workers stay as they were.
 */
export class RenderService extends pulumi.ComponentResource implements Service {
  readonly api: Api;
  readonly logs: pulumi.Output<string>;
  readonly ready: readonly pulumi.Resource[];

  constructor(name: string, args: ServiceArgs, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:service:Render", name, {}, options);
    const { accounts, label, workers, isPublic } = args;
    const child = { parent: this, provider: accounts.at("render") };
    const common = {
      ownerId: accounts.requireIdAt("render"),
      region: regions.render[args.near],
      image: args.image,
      ...renderRegistry(args),
    };
    const roleOf = (role: Role) => ({
      name: `${label}-${role}`,
      command: commandOf(role),
      variables: given(args.variables[role]),
    });
    const migrated = new RenderJob(`${name}-migrate`, { ...common, ...roleOf("migrate") }, child);
    const api = new RenderContainers(
      `${name}-api`,
      {
        ...common,
        ...roleOf("api"),
        maxInstances: most,
        maxShutdownDelaySeconds: grace,
        ...(isPublic
          ? { type: "web_service", healthCheckPath: readyPath }
          : { type: "private_service" as const }),
      },
      { ...child, dependsOn: [migrated] },
    );
    const worker = new RenderContainers(
      `${name}-worker`,
      {
        ...common,
        ...roleOf("worker"),
        type: "background_worker",
        plan: plans[workers.memory],
        instances: workers.count,
        maxShutdownDelaySeconds: grace,
      },
      { ...child, dependsOn: [migrated] },
    );
    this.api = {
      ...(isPublic && { url: api.url }),
      privateUrl: pulumi.interpolate`http://${api.host}:${ports.role}`,
    };
    this.logs = pulumi.interpolate`${api.dashboardUrl}/logs`;
    this.ready = [api, worker];
    this.registerOutputs();
  }
}
