import * as docker from "@pulumi/docker";
import type { Site } from "./container.ts";

/**
 * Who can talk to whom. `data` and `browser` have no route out of the machine: a browser's only way to the world is the
 * egress container.
 */
export function networks({ label, options }: Site) {
  const network = (name: string, internal: boolean) =>
    new docker.Network(`${name}-network`, { name: `${label}-${name}`, driver: "bridge", internal }, options);
  return {
    /** The proxy, and what it serves. */
    edge: network("edge", false),
    /** PostgreSQL and Redis, and who uses them. */
    data: network("data", true),
    /** Browsers, who drives them, and their way out. */
    browser: network("browser", true),
    /** To the world: the model's API for workers, the tested sites for egress. */
    out: network("out", false),
  };
}
export type Networks = ReturnType<typeof networks>;
