import type { ComponentResource, Input, Output } from "@pulumi/pulumi";
import type { Place } from "../../infra/contracts/managed.ts";
import { pinned, readLock } from "../../infra/images/lock.ts";
import { thirdParty } from "../../infra/images/third-party.ts";
import { regions } from "../../infra/managed/regions.ts";
import { resourceClass } from "../provider/vendor/program.ts";
import { service } from "../provider/vendors/railway/service.ts";
import { volume } from "../provider/vendors/railway/volume.ts";
import { railwayProject } from "./project.ts";

const Service = resourceClass("railway", "Service", service);
const Volume = resourceClass("railway", "Volume", volume);

interface Store extends Place {
  readonly parent: ComponentResource;
  /** Of the service and its volume in the project. */
  readonly name: "postgres" | "redis";
  /** What is run instead of the image's entry point. */
  readonly command: string;
  readonly variables: Record<string, Input<string>>;
  /** Where the volume is. */
  readonly mountPath: string;
}

/**
 * A container with a volume, which only the project's private network reaches. Railway's own databases are no more than
 * that: https://docs.railway.com/databases
 *
 * A change of the image or of a variable ends the container before the next one starts, since both have one volume
 * (https://docs.railway.com/volumes/reference). The volume outlives its service.
 *
 * @returns its host in the private network.
 */
export function railwayStore(resource: string, store: Store): Output<string> {
  const { parent, name, near, ephemeral, accounts } = store;
  const project = railwayProject(store);
  const child = { parent, provider: accounts.at("railway") };
  const region = regions.railway[near];
  const place = { project: project.id, environment: project.environment, name, region };
  const disk = new Volume(
    `${resource}-volume`,
    { ...place, deletionProtection: !ephemeral },
    { ...child, protect: !ephemeral, retainOnDelete: !ephemeral },
  );
  const container = new Service(
    resource,
    {
      ...place,
      image: pinned(thirdParty[name], readLock()),
      startCommand: store.command,
      variables: store.variables,
      volume: disk.volume,
      mountPath: store.mountPath,
      overlapSeconds: 0,
      restartPolicy: "ALWAYS",
    },
    child,
  );
  return container.privateHost;
}
