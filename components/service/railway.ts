import * as pulumi from "@pulumi/pulumi";
import { ports } from "../../infra/contracts/docker-host.ts";
import type { Api, Service, ServiceArgs } from "../../infra/contracts/managed.ts";
import { regions } from "../../infra/managed/regions.ts";
import { resourceClass } from "../provider/vendor/program.ts";
import { service } from "../provider/vendors/railway/service.ts";
import { apiName, apiUrl } from "../railway/api.ts";
import { railwayProject } from "../railway/project.ts";
import { commandOf, given, grace, readyPath, type Role } from "../roles.ts";

const RailwayContainers = resourceClass("railway", "Service", service);

/**
 * API and workers in containers of the stack's project at Railway. Another city moves them; nothing but another project
 * replaces them.
 *
 * Of another image or other variables the migrations run first, in a container of their own that ends. A new API, or
 * worker, takes over when it is ready; then the old one gets SIGTERM, and SIGKILL after 40 seconds
 * (https://docs.railway.com/deployments/deployment-teardown, of 2026-08-21).
 *
 * A container has as much memory as it uses, up to what the plan allows, and costs that: the workers' is not set. Images
 * of a private registry need the plan Pro (https://docs.railway.com/builds/private-registries, of 2026-08-21).
 *
 * `pulumi up` fails with "is CRASHED by an exit code other than 0" and the page with the logs where the migrations do: API
 * and workers stay as they were.
 */
export class RailwayService extends pulumi.ComponentResource implements Service {
  readonly api: Api;
  readonly logs: pulumi.Output<string>;
  readonly ready: readonly pulumi.Resource[];

  constructor(name: string, args: ServiceArgs, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:service:Railway", name, {}, options);
    const { accounts, credentials, workers, isPublic } = args;
    const project = railwayProject(args);
    const child = { parent: this, provider: accounts.at("railway") };
    const common = {
      project: project.id,
      environment: project.environment,
      region: regions.railway[args.near],
      image: args.image,
      drainSeconds: grace,
      ...(credentials && {
        registryUsername: credentials.username,
        registryPassword: pulumi.secret(credentials.password),
      }),
    };
    const roleOf = (role: Role) => ({
      startCommand: commandOf(role),
      variables: given(args.variables[role]),
    });
    const migrated = new RailwayContainers(
      `${name}-migrate`,
      { ...common, ...roleOf("migrate"), name: "migrate", restartPolicy: "NEVER" },
      child,
    );
    const rolling = {
      healthPath: readyPath,
      restartPolicy: "ALWAYS",
    } as const;
    const api = new RailwayContainers(
      `${name}-api`,
      {
        ...common,
        ...rolling,
        ...roleOf("api"),
        name: apiName,
        // What is on its way to the old one, as its address changes, arrives.
        overlapSeconds: 10,
        ...(isPublic && { port: ports.role }),
      },
      { ...child, dependsOn: [migrated] },
    );
    const worker = new RailwayContainers(
      `${name}-worker`,
      {
        ...common,
        ...rolling,
        ...roleOf("worker"),
        name: "worker",
        replicas: workers.count,
        // It hands its sessions on, and nobody calls it.
        overlapSeconds: 0,
      },
      { ...child, dependsOn: [migrated] },
    );
    this.api = {
      ...(isPublic && { url: pulumi.interpolate`https://${api.host}` }),
      privateUrl: api.urn.apply(() => apiUrl),
    };
    this.logs = api.logs;
    this.ready = [api, worker];
    this.registerOutputs();
  }
}
