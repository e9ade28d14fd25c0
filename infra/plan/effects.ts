import type { RecordedResource } from "./record.ts";

/** What people notice when a running service is made anew, which a change of its settings does. */
export interface Effect {
  /** Name of the resource. */
  readonly resource: string;
  readonly says: string;
}

/** By service: those of which there is one. A release of the application replaces the rest, and nobody notices. */
const effects: Readonly<Record<string, string>> = {
  postgres:
    "restarts the database, as switching backup.pointInTime does: for some seconds requests fail and sessions wait",
  redis: "restarts the queue: live events pause, and sessions start some seconds later",
  edge: "cuts every open connection: browsers come back by themselves within seconds",
};

/** Of containers with a fixed name, which Pulumi has to end before it makes the next one. */
export function effectsOf(resources: readonly RecordedResource[]): Effect[] {
  return resources.flatMap(({ type, name, inputs }) => {
    const says = Object.hasOwn(effects, name) ? effects[name] : undefined;
    if (type !== "docker:index/container:Container" || inputs["name"] === undefined || !says) return [];
    return [{ resource: name, says }];
  });
}
