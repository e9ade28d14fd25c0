import * as pulumi from "@pulumi/pulumi";
import type { Api, Service, ServiceArgs } from "../../infra/contracts/managed.ts";
import { ports } from "../../infra/contracts/docker-host.ts";
import { regions } from "../../infra/managed/regions.ts";
import { autoscaler } from "../fly/autoscaler.ts";
import { Machine } from "../fly/resources.ts";
import { roleApp } from "../fly/role.ts";

/** A live stream is a request, and most of what an API has open at once. */
const limits = { softLimit: 1_000, hardLimit: 2_000 };
const small = { size: "shared-cpu-1x", memory: 512 } as const;
/** Chromium beside Node takes a second processor. */
const sizes = { 512: "shared-cpu-1x", 2048: "shared-cpu-2x" } as const;

/**
 * Apps <label>-migrate, <label>-api and <label>-worker: secrets are an app's, and no role is to have another one's.
 *
 * A release comes into service in this order: a machine in the first city migrates the database, once; then the API, city
 * by city, each of which gets requests when it answers that it is ready, while the other cities answer for it; then all
 * workers at once, so that a session is handed over once, to a worker that is of the new release already. When one of them
 * fails, what comes after stays as it was.
 *
 * The API has a machine in every city. The first city's always runs, since it starts the sessions of schedules and tells the
 * gauges; the proxy stops the others when nobody is there (stopped and not suspended: connections to database and queue would
 * be dead when it goes on) and starts them again with the next request, which comes at <label>-api.flycast, the proxy's
 * address in the organization's network (superfly/docs, networking/flycast, 2026-08-07).
 *
 * Requests need no `fly-replay` and no sticky sessions: what a worker records goes into the database and is announced
 * through Redis or PostgreSQL, so that every API streams every session, and each writes to the one database itself.
 *
 * Workers are spread over the cities; beyond one they start and stop with the queue (components/fly/autoscaler.ts).
 *
 * Fly.io pulls from public registries and from its own only: `credentials` are of no use here.
 */
export class FlyService extends pulumi.ComponentResource implements Service {
  readonly api: Api;
  readonly logs: pulumi.Output<string>;
  readonly ready: readonly pulumi.Resource[];

  constructor(name: string, args: ServiceArgs) {
    super("testfarm:service:Fly", name);
    const { accounts, label, cities, workers, isPublic } = args;
    const [home] = cities;
    const child = { parent: this, provider: accounts.at("fly") };
    const health = { healthPort: ports.role, healthPath: "/readyz", metricsPort: ports.role };

    const migrate = roleApp(name, "migrate", args, {}, child);
    const migration = new Machine(
      `${name}-migration`,
      {
        ...migrate.run,
        ...small,
        name: `${label}-migrate`,
        region: regions.fly[home!],
        restart: "no",
        runsOnce: true,
      },
      child,
    );

    const addresses = isPublic ? { sharedIpv4: true, ipv6: true } : { flycast: true };
    const api = roleApp(name, "api", args, addresses, child);
    const apis: pulumi.Resource[] = [];
    for (const city of cities)
      apis.push(
        new Machine(
          `${name}-api-${city}`,
          {
            ...api.run,
            ...small,
            ...health,
            ...limits,
            name: `${label}-api-${city}`,
            region: regions.fly[city],
            port: ports.role,
            forceHttps: isPublic,
            autostop: city === home ? "off" : "stop",
          },
          { ...child, dependsOn: [apis.at(-1) ?? migration] },
        ),
      );

    const worker = roleApp(name, "worker", args, {}, child);
    const places = Array.from({ length: workers.count }, (_, index) => ({
      city: cities[index % cities.length]!,
      number: Math.floor(index / cities.length) + 1,
    }));
    const all = places.map(
      ({ city, number }) =>
        new Machine(
          `${name}-worker-${city}-${number}`,
          {
            ...worker.run,
            ...health,
            name: `${label}-worker-${city}-${number}`,
            region: regions.fly[city],
            size: sizes[workers.memory],
            memory: workers.memory,
          },
          { ...child, dependsOn: [apis.at(-1)!] },
        ),
    );

    // Where the API is known it is of this release.
    const host = (suffix: string) =>
      pulumi.all([api.app.name, ...apis.map(({ urn }) => urn)]).apply(([app]) => `${app}.${suffix}`);
    const url = pulumi.interpolate`https://${host("fly.dev")}`;
    this.api = isPublic
      ? { url, privateUrl: url }
      : { privateUrl: pulumi.interpolate`http://${host("flycast")}` };
    this.logs = pulumi.interpolate`https://fly.io/apps/${api.app.name}/monitoring`;
    const scaler =
      workers.count > 1
        ? [
            autoscaler(
              `${name}-autoscaler`,
              { ...args, ...workers, api: api.app.name, worker: worker.app.name },
              { ...child, dependsOn: all },
            ),
          ]
        : [];
    this.ready = [...apis, ...all, ...scaler];
    this.registerOutputs();
  }
}
