import * as docker from "@pulumi/docker";
import type { Input, Resource } from "@pulumi/pulumi";
import * as pulumi from "@pulumi/pulumi";
import type { Limits, Service } from "../../infra/capacity/docker-host.ts";
import { labels, type Variables } from "../../infra/contracts/docker-host.ts";
import type { Engine } from "../provider/docker/resources.ts";
import type { Image } from "./images.ts";

/** Where a container belongs: the stack's label, and options that name the engine and what must be there first. */
export interface Site {
  readonly label: string;
  /** What each container may take of the machine. A change of `cpus` makes it anew. */
  readonly limits: Readonly<Record<Service, Limits>>;
  /** The same engine, for our own provider. */
  readonly engine: Engine;
  readonly options: {
    readonly parent: Resource;
    readonly provider: docker.Provider;
    readonly dependsOn: Resource[];
    readonly deletedWith?: Resource;
  };
}

export interface ContainerArgs {
  readonly image: Image;
  /** Networks that it is on; under its service's name the others find it there. */
  readonly networks: readonly docker.Network[];
  /** Command of the health check, run inside the container; absent for one-shot containers. */
  readonly health?: readonly string[];
  readonly command?: readonly Input<string>[];
  readonly variables?: Variables;
  /** Volume to mount point. */
  readonly volumes?: readonly { readonly volume: docker.Volume; readonly path: string }[];
  /** Configuration files, put into the container before it starts; a change replaces it. */
  readonly files?: readonly { readonly path: string; readonly content: Input<string> }[];
  /** Ports open to the world, by the container's own port. */
  readonly ports?: readonly {
    readonly internal: number;
    readonly external: number;
    readonly protocol: "tcp" | "udp";
  }[];
  /** User and group id; the image's own user when absent. */
  readonly user?: string;
  /** Linux capabilities that it keeps; all others are dropped. */
  readonly capabilities?: readonly string[];
  /** In-memory directories with their options. A container without `files` has no other place to write to. */
  readonly scratch?: Readonly<Record<string, string>>;
  /** Beside `no-new-privileges`. */
  readonly security?: readonly string[];
  /** Whether the image has no first process of its own that passes signals on and buries the dead. */
  readonly init?: boolean;
  /** What has to be there, and healthy, before it starts. */
  readonly after?: readonly Resource[];
}

/** Seconds that containers may take to become healthy, on a small server that starts all of them at once. */
export const patience = 180;
/** Seconds that a container gets to end its work, which for a worker is one step of a session. */
export const grace = 40;

/**
 * A service of which there is one, under a fixed name: its data allow no second one, and the engine refuses a name that
 * is taken. A change ends it before the new one starts.
 */
export const single = (service: Service, args: ContainerArgs, site: Site): docker.Container =>
  new docker.Container(
    service,
    {
      ...containerInputs(service, args, site),
      name: `${site.label}-${service}`,
      restart: "unless-stopped",
      wait: true,
      waitTimeout: 120,
    },
    optionsOf(args, site),
  );

/**
 * A container of a release. Its name ends in letters that change with each one, and the new one starts before the old
 * one is ended, which is what the last step of an update does.
 *
 * @param slot absent: it runs once.
 */
export const released = (
  service: Service,
  args: ContainerArgs,
  site: Site,
  slot?: Input<string>,
): docker.Container =>
  new docker.Container(
    `${site.label}-${service}`,
    {
      ...containerInputs(service, args, site, slot),
      ...(slot === undefined ? { restart: "no", mustRun: false } : { restart: "unless-stopped" }),
    },
    { ...optionsOf(args, site), deleteBeforeReplace: false },
  );

/** Every container of ours: limited, unprivileged, watched, its log bounded. */
export function containerInputs(
  service: Service,
  args: ContainerArgs,
  { label, limits }: Site,
  slot?: Input<string>,
) {
  const { files = [], volumes = [], health } = args;
  const { memory, cpus } = limits[service];
  const aliases = slot === undefined ? [service] : [service, pulumi.interpolate`${service}-${slot}`];
  const marks = [
    { label: labels.stack, value: label },
    { label: labels.service, value: service },
    ...(slot === undefined ? [] : [{ label: labels.slot, value: slot }]),
  ];
  return {
    image: args.image.name,
    labels: marks,
    ...(args.command && { command: [...args.command] }),
    ...(args.variables && { envs: environment(args.variables) }),
    ...(args.user !== undefined && { user: args.user }),
    networksAdvanced: args.networks.map((network) => ({ name: network.name, aliases })),
    ...(args.ports && { ports: [...args.ports] }),
    volumes: volumes.map(({ volume, path }) => ({ volumeName: volume.name, containerPath: path })),
    uploads: files.map(({ path, content }) => ({ file: path, content, permissions: "0444" })),
    // The engine puts no file into a container whose root is read-only.
    readOnly: files.length === 0,
    ...(args.scratch && { tmpfs: { ...args.scratch } }),
    // It is restarted when it needs more.
    memory,
    memorySwap: memory,
    cpus: String(cpus),
    capabilities: { drops: ["ALL"], adds: [...(args.capabilities ?? [])] },
    securityOpts: ["no-new-privileges:true", ...(args.security ?? [])],
    logDriver: "json-file",
    logOpts: { "max-size": "10m", "max-file": "3" },
    init: args.init ?? false,
    ...(health && {
      healthcheck: {
        tests: ["CMD", ...health],
        interval: "5s",
        // Of engines since 25; older ones wait for the interval, and a release waits with them.
        startInterval: "1s",
        timeout: "3s",
        startPeriod: `${patience}s`,
        retries: 5,
      },
    }),
    destroyGraceSeconds: grace,
  };
}

const optionsOf = ({ image, after = [] }: ContainerArgs, { options }: Site) => ({
  ...options,
  dependsOn: [...options.dependsOn, image.ready, ...after],
});

/** `NAME=value` lines, in one order whatever the order of the program; a secret value makes its line secret. */
const environment = (variables: Variables): Input<string>[] =>
  Object.entries(variables)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => pulumi.interpolate`${name}=${value}`);
