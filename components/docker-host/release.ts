import { createHash } from "node:crypto";
import type { Input, Resource } from "@pulumi/pulumi";
import * as pulumi from "@pulumi/pulumi";
import {
  backupDirectory,
  type DockerHostArgs,
  isPointInTime,
  ports,
  storageDirectory,
} from "../../infra/contracts/docker-host.ts";
import { Finished, Rollout, Slot } from "../provider/docker/resources.ts";
import { chromiumSecurity } from "./chromium.ts";
import { type ContainerArgs, containerInputs, grace, patience, released } from "./container.ts";
import type { Parts } from "./parts.ts";
import { runAs } from "./volumes.ts";

/** What a release always has. */
type Service = Exclude<keyof DockerHostArgs["variables"], "migrate" | "backup"> | "web";
type Services = Record<Service, ContainerArgs> & { readonly backup?: ContainerArgs };

const scratch = { "/tmp": "rw,nosuid,nodev,size=64m" };

/**
 * Bash is in the image, curl is not. Node would take a tenth of a second of a processor each time, which some of these
 * containers have to live on for two.
 */
const answers = (path: string): string[] => [
  "bash",
  "-c",
  `exec 3<>/dev/tcp/127.0.0.1/${ports.role} && printf 'GET ${path} HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3 && read -r _ status _ <&3 && [ "$status" = 200 ]`,
];

/**
 * The application: first its migrations, then all of its services at once, beside those of the release before. These end
 * when Pulumi deletes what it has replaced, after everything else.
 */
export function release(parts: Parts, stores: readonly Resource[]): void {
  const { site } = parts;
  const { parent } = site.options;
  const ours = { parent, provider: site.engine };
  const migrated = migrations(parts, stores);
  const services = servicesOf(parts);
  const slot = new Slot(
    "slot",
    { stack: site.label, release: fingerprint(services, parts), grace },
    { ...ours, dependsOn: [migrated] },
  ).slot;
  const { browser, egress, ...others } = servicesOf(parts, slot);
  const start = (service: keyof Services, args: ContainerArgs, after: Resource[]) =>
    released(service, { ...args, after }, site, slot);
  // In the opposite order they are ended: a worker hands over its sessions while their browsers are there.
  const egressContainer = start("egress", egress, [migrated]);
  const browserContainer = start("browser", browser, [egressContainer]);
  const containers = {
    egress: egressContainer,
    browser: browserContainer,
    worker: start("worker", others.worker, [browserContainer]),
    api: start("api", others.api, [migrated]),
    web: start("web", others.web, [migrated]),
    ...(others.backup && { backup: start("backup", others.backup, [migrated]) }),
  };
  new Rollout(
    "rollout",
    {
      stack: site.label,
      containers: Object.fromEntries(Object.entries(containers).map(([name, { id }]) => [name, id])),
      patience,
      grace,
    },
    ours,
  );
}

/** Done when the database has the schema of this release, on which the one before still works. */
function migrations({ args, images, networks, site }: Parts, stores: readonly Resource[]): Resource {
  const container = released(
    "migrate",
    {
      image: images.app,
      command: ["migrate"],
      variables: args.variables.migrate,
      user: runAs("storage"),
      scratch,
      networks: [networks.data],
      after: stores,
    },
    site,
  );
  return new Finished(
    "migrated",
    { service: "migrate", container: container.id },
    { parent: site.options.parent, provider: site.engine },
  );
}

/**
 * One image, a process a role, each with the variables that it reads; and Caddy with the page. Worker and browser use
 * what is of their own release.
 *
 * @param slot absent: as they are whatever slot they get.
 */
function servicesOf({ args, images, networks, volumes }: Parts, slot?: Input<string>): Services {
  const storage = [{ volume: volumes.storage, path: storageDirectory }];
  const role = (name: Exclude<Service, "web">) => ({
    image: images.app,
    command: [name],
    variables: args.variables[name],
    user: runAs("storage"),
    scratch,
    health: answers("/healthz"),
  });
  const own = (service: Service) =>
    slot === undefined ? service : pulumi.interpolate`http://${service}-${slot}:${ports.role}`;
  const worker = role("worker");
  const browser = role("browser");
  return {
    egress: { ...role("egress"), networks: [networks.browser, networks.out] },
    browser: {
      ...browser,
      variables: { ...browser.variables, EGRESS_URL: own("egress") },
      networks: [networks.browser],
      scratch: { "/tmp": "rw,nosuid,nodev,size=512m" },
      security: chromiumSecurity(args.chromiumProfile),
    },
    worker: {
      ...worker,
      variables: { ...worker.variables, BROWSER_URL: own("browser") },
      networks: [networks.data, networks.browser, networks.out],
      volumes: storage,
    },
    api: {
      ...role("api"),
      networks: [networks.data, networks.edge],
      volumes: storage,
      health: answers("/readyz"),
    },
    web: {
      image: images.web,
      networks: [networks.edge],
      scratch,
      init: true,
      health: ["wget", "--quiet", "--spider", `http://127.0.0.1:${ports.web}/`],
    },
    ...(args.variables.backup && {
      backup: {
        image: images.app,
        command: ["backup"],
        variables: args.variables.backup,
        user: runAs("backup"),
        ...(isPointInTime(args) && { volumes: [{ volume: volumes.backup, path: backupDirectory }] }),
        scratch,
        networks: [networks.data, networks.out],
        health: answers("/healthz"),
      },
    }),
  };
}

/** Changes whenever a container of the release has to be made anew. */
function fingerprint(services: Services, { site }: Parts): Input<string> {
  const all = Object.entries(services) as [keyof Services, ContainerArgs][];
  const inputs = all.map(([name, args]) => containerInputs(name, args, site));
  return pulumi.jsonStringify(inputs).apply((text) => createHash("sha256").update(text).digest("hex"));
}
