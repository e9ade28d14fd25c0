import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { DockerHostArgs } from "../../infra/contracts/docker-host.ts";
import { cache } from "./cache.ts";
import { database } from "./database.ts";
import { edge } from "./edge.ts";
import { images } from "./images.ts";
import { networks } from "./networks.ts";
import { roles, web } from "./roles.ts";
import { sshOptions } from "../ssh.ts";
import { volumes } from "./volumes.ts";

/**
 * TestFarm on one Docker engine, a local one or one behind SSH: the proxy with TLS, the page, the application's roles,
 * PostgreSQL 17 and Redis, each with limits, a health check and no more rights than it needs.
 *
 * Volumes are protected and kept by `destroy`. A new image or a changed variable replaces the containers of the
 * application; PostgreSQL, Redis and the proxy stay unless their own settings change.
 */
export class DockerHost extends pulumi.ComponentResource {
  constructor(name: string, args: DockerHostArgs, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:docker-host:DockerHost", name, {}, options);
    // Without the check a preview works before the engine exists.
    const provider = new docker.Provider(
      `${name}-engine`,
      { host: args.engine, sshOpts: [...sshOptions], disableDockerDaemonCheck: true },
      { parent: this },
    );
    const site = {
      label: args.label,
      options: { parent: this, provider, dependsOn: args.ready === undefined ? [] : [args.ready] },
    };
    const parts = {
      args,
      site,
      images: images(args.images, site),
      networks: networks(site),
      volumes: volumes(site, args.dataDirectory),
    };
    const stores = { database: database(parts), cache: cache(parts) };
    roles(parts, stores);
    web(parts);
    edge(parts);
    this.registerOutputs();
  }
}
