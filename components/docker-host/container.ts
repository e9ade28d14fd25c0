import * as docker from "@pulumi/docker";
import type { Input, Resource } from "@pulumi/pulumi";
import * as pulumi from "@pulumi/pulumi";
import type { Variables } from "../../infra/contracts/docker-host.ts";
import type { Image } from "./images.ts";

/** Where a container belongs: the stack's label, and options that name the engine and what must be there first. */
export interface Site {
  readonly label: string;
  readonly options: {
    readonly parent: Resource;
    readonly provider: docker.Provider;
    readonly dependsOn: Resource[];
  };
}

export interface ContainerArgs {
  readonly image: Image;
  /** Limit in MB. The container is restarted when it needs more. */
  readonly memory: number;
  /** Networks that it is on; under `name` the others find it there. */
  readonly networks: readonly docker.Network[];
  /** Command of the health check, run inside the container; absent for one-shot containers. */
  readonly health?: readonly string[];
  readonly command?: readonly Input<string>[];
  readonly variables?: Variables;
  /** Volume to mount point. */
  readonly volumes?: readonly { readonly volume: docker.Volume; readonly path: string }[];
  /** Configuration files, put into the container before it starts; a change replaces it. */
  readonly files?: readonly { readonly path: string; readonly content: Input<string> }[];
  /** Ports open to the world. */
  readonly ports?: readonly { readonly port: number; readonly protocol: "tcp" | "udp" }[];
  /** User and group id; the image's own user when absent. */
  readonly user?: string;
  /** Linux capabilities that it keeps; all others are dropped. */
  readonly capabilities?: readonly string[];
  /** In-memory directories with their options. A container without `files` has no other place to write to. */
  readonly scratch?: Readonly<Record<string, string>>;
  /** Beside `no-new-privileges`. */
  readonly security?: readonly string[];
  /** Runs to its end once, and makes whoever depends on it wait for that. */
  readonly once?: boolean;
  /** What has to be there, and healthy, before it starts. */
  readonly after?: readonly Resource[];
}

/** Seconds that a container gets to end its work, which for a worker is one step of a session. */
const grace = 60;

/** Every container of ours: limited, unprivileged, watched, restarted, its log bounded. */
export function container(name: string, args: ContainerArgs, { label, options }: Site): docker.Container {
  const { files = [], volumes = [], ports = [], health, once = false } = args;
  return new docker.Container(
    name,
    {
      name: `${label}-${name}`,
      image: args.image.name,
      ...(args.command && { command: [...args.command] }),
      ...(args.variables && { envs: environment(args.variables) }),
      ...(args.user !== undefined && { user: args.user }),
      networksAdvanced: args.networks.map((network) => ({ name: network.name, aliases: [name] })),
      ports: ports.map(({ port, protocol }) => ({ internal: port, external: port, protocol })),
      volumes: volumes.map(({ volume, path }) => ({ volumeName: volume.name, containerPath: path })),
      uploads: files.map(({ path, content }) => ({ file: path, content, permissions: "0444" })),
      // The engine puts no file into a container whose root is read-only.
      readOnly: files.length === 0,
      ...(args.scratch && { tmpfs: { ...args.scratch } }),
      memory: args.memory,
      memorySwap: args.memory,
      capabilities: { drops: ["ALL"], adds: [...(args.capabilities ?? [])] },
      securityOpts: ["no-new-privileges:true", ...(args.security ?? [])],
      logDriver: "json-file",
      logOpts: { "max-size": "10m", "max-file": "3" },
      init: true,
      ...(health && {
        healthcheck: {
          tests: ["CMD", ...health],
          interval: "5s",
          timeout: "3s",
          startPeriod: "30s",
          retries: 5,
        },
      }),
      ...(once
        ? { attach: true, mustRun: false, logs: true, restart: "no" }
        : { restart: "unless-stopped", wait: health !== undefined, waitTimeout: 120 }),
      destroyGraceSeconds: grace,
    },
    { ...options, dependsOn: [...options.dependsOn, args.image.ready, ...(args.after ?? [])] },
  );
}

/** `NAME=value` lines, in one order whatever the order of the program; a secret value makes its line secret. */
const environment = (variables: Variables): Input<string>[] =>
  Object.entries(variables)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => pulumi.interpolate`${name}=${value}`);
