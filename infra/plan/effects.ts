import type { RecordedResource } from "./record.ts";

/** What people notice when a change of a service's settings makes it anew, or moves it. */
export interface Effect {
  /** Name of the resource. */
  readonly resource: string;
  readonly says: string;
}

/** By service on a Docker host: those of which there is one. A release of the application replaces the rest, and nobody notices. */
const containers: Readonly<Record<string, string>> = {
  postgres:
    "restarts the database, as switching backup.pointInTime does: for some seconds requests fail and sessions wait",
  redis: "restarts the queue: live events pause, and sessions start some seconds later",
  edge: "cuts every open connection: browsers come back by themselves within seconds",
};

type Says = (resource: RecordedResource) => string | undefined;

/** By type: what there is one of. Another version of what runs takes over before the old one ends. */
const kinds: Readonly<Record<string, Says>> = {
  // With a fixed name, which Pulumi has to end before it makes the next one.
  "docker:index/container:Container": ({ name, inputs }) =>
    inputs["name"] !== undefined && Object.hasOwn(containers, name) ? containers[name] : undefined,
  "testfarm:fly:Postgres": () =>
    "has to be made on its page at fly.io first where it is the plan, and then here",
  "testfarm:neon:Project": ({ inputs }) =>
    inputs["logicalReplication"] === true
      ? undefined
      : "restarts the database where it turns on logicalReplication: for some seconds requests fail and sessions wait",
  // https://docs.railway.com/volumes/reference and https://docs.railway.com/deployments/regions, 2026-08-21.
  "testfarm:railway:Service": ({ inputs }) =>
    inputs["volume"] === undefined
      ? undefined
      : "ends it before it starts anew, and moves its volume first where it is the region: meanwhile requests fail and sessions wait",
  "testfarm:supabase:Project": () =>
    "restarts the database where it is the size or tlsOnly: meanwhile requests fail and sessions wait",
};

export function effectsOf(resources: readonly RecordedResource[]): Effect[] {
  return resources.flatMap((resource) => {
    const says = Object.hasOwn(kinds, resource.type) ? kinds[resource.type]?.(resource) : undefined;
    return says === undefined ? [] : [{ resource: resource.name, says }];
  });
}
