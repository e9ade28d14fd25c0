import * as docker from "@pulumi/docker";
import { type HostDirectory, hostLayout } from "../../infra/contracts/host.ts";
import type { Site } from "./container.ts";

export type Volumes = Readonly<Record<HostDirectory, docker.Volume>>;

/**
 * What outlives every container.
 * @param dataDirectory absent: the engine decides where on its machine the data is kept.
 */
export function volumes({ label, options }: Site, dataDirectory: string | undefined): Volumes {
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
      { ...options, protect: true, retainOnDelete: true },
    );
  const names = Object.keys(hostLayout.directories) as HostDirectory[];
  return Object.fromEntries(names.map((name) => [name, volume(name)])) as unknown as Volumes;
}

/** User and group that own a volume's directory, and so have to run the container that writes to it. */
export const runAs = (name: HostDirectory): string =>
  `${hostLayout.directories[name]}:${hostLayout.directories[name]}`;
