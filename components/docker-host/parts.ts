import type { DockerHostArgs } from "../../infra/contracts/docker-host.ts";
import type { Site } from "./container.ts";
import type { Images } from "./images.ts";
import type { Networks } from "./networks.ts";
import type { Volumes } from "./volumes.ts";

/** What every container of the host is put together from. */
export interface Parts {
  readonly args: DockerHostArgs;
  readonly images: Images;
  readonly networks: Networks;
  readonly volumes: Volumes;
  readonly site: Site;
}
