import * as docker from "@pulumi/docker";
import type { DockerHostArgs } from "../../infra/contracts/docker-host.ts";
import { type HostDirectory, hostLayout } from "../../infra/contracts/host.ts";
import type { Site } from "./container.ts";

export type Volumes = Readonly<Record<HostDirectory, docker.Volume>>;

/**
 * What outlives every container: in the data directory, or, where there is none, wherever the engine keeps it. In the
 * first case a volume only says where its data is, goes with its server, and is made again on the next one.
 */
export function volumes(
  { label, options }: Site,
  { dataDirectory, ephemeral }: Pick<DockerHostArgs, "dataDirectory" | "ephemeral">,
): Volumes {
  const volume = (name: string) =>
    new docker.Volume(
      `${name}-volume`,
      {
        name: `${label}-${name}`,
        ...(dataDirectory !== undefined && {
          driver: "local",
          driverOpts: { type: "none", o: "bind", device: `${dataDirectory}/${name}` },
        }),
      },
      { ...options, protect: !ephemeral && dataDirectory === undefined, retainOnDelete: !ephemeral },
    );
  const names = Object.keys(hostLayout.directories) as HostDirectory[];
  return Object.fromEntries(names.map((name) => [name, volume(name)])) as unknown as Volumes;
}

/** User and group that own a volume's directory, and so have to run the container that writes to it. */
export const runAs = (name: HostDirectory): string =>
  `${hostLayout.directories[name]}:${hostLayout.directories[name]}`;
