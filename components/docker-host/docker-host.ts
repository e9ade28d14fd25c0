import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { limitsOf } from "../../infra/capacity/docker-host.ts";
import type { DockerAccess } from "../../infra/contracts/access.ts";
import type {
  DockerHostArgs,
  ImageSource,
  LocalEngine,
  RemoteEngine,
} from "../../infra/contracts/docker-host.ts";
import { cache } from "./cache.ts";
import { database } from "./database.ts";
import { edge } from "./edge.ts";
import { images } from "./images.ts";
import { networks } from "./networks.ts";
import { Engine } from "../provider/docker/resources.ts";
import { release } from "./release.ts";
import { volumes } from "./volumes.ts";

/**
 * TestFarm on one Docker engine, a local one or one behind SSH: the proxy with TLS, the page, the application's roles,
 * PostgreSQL 17 and Redis, each with limits, a health check and no more rights than it needs.
 *
 * Volumes are protected and kept by `destroy`. A new image or a changed variable makes a new release of the application:
 * its containers start beside the old ones, which end once the new ones are healthy, without a request that fails.
 * PostgreSQL, Redis and the proxy stay unless their own settings change, which restarts them.
 */
export class DockerHost extends pulumi.ComponentResource {
  /** How an operator's machine reaches what runs on it, as the stack exports it. */
  readonly access: pulumi.Output<string>;

  constructor(name: string, args: DockerHostArgs, options?: pulumi.ComponentResourceOptions) {
    super("testfarm:docker-host:DockerHost", name, {}, options);
    const child = { parent: this };
    const { host, sshOptions, lifetime } = connectionTo(args.engine);
    // Without the check a preview works before the engine exists.
    const provider = new docker.Provider(
      `${name}-engine`,
      { host, sshOpts: sshOptions, disableDockerDaemonCheck: true, ...registryAuth(args.images) },
      child,
    );
    const site = {
      label: args.label,
      limits: limitsOf(args.sessions, args.machine),
      engine: new Engine(`${name}-testfarm`, { engine: host, sshOptions }, child),
      options: { ...child, provider, ...lifetime },
    };
    const parts = {
      args,
      site,
      images: images(args, site),
      networks: networks(site),
      volumes: volumes(site, args),
    };
    edge(parts);
    release(parts, [database(parts), cache(parts)]);
    const { label, certificate } = args;
    this.access = pulumi.jsonStringify({
      kind: "docker",
      engine: host,
      sshOptions,
      label,
      certificate,
    } satisfies { [Name in keyof DockerAccess]: pulumi.Input<DockerAccess[Name]> });
    this.registerOutputs();
  }
}

/** The provider sends them to the engine with each pull; they stay neither there nor, in clear, in the state. */
function registryAuth(source: ImageSource): Pick<docker.ProviderArgs, "registryAuth"> {
  if (source.from !== "registry" || source.credentials === undefined) return {};
  const { registry, username, password } = source.credentials;
  return { registryAuth: [{ address: registry, username, password: pulumi.secret(password) }] };
}

/** How the engine is reached, and what its machine means for the life of what is on it. */
function connectionTo(engine: LocalEngine | RemoteEngine) {
  if ("socket" in engine) {
    return { host: `unix://${engine.socket}`, sshOptions: [], lifetime: { dependsOn: [] } };
  }
  const { target, sshOptions, ready } = engine;
  return {
    host: pulumi.interpolate`ssh://${target}`,
    sshOptions,
    // What was on a server that is replaced is gone: Pulumi makes it on the new one, and deletes nothing there.
    lifetime: { dependsOn: [ready], deletedWith: ready },
  };
}
