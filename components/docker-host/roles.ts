import type { Resource } from "@pulumi/pulumi";
import { type DockerHostArgs, ports, storageDirectory } from "../../infra/contracts/docker-host.ts";
import { chromiumSecurity } from "./chromium.ts";
import { container, type ContainerArgs } from "./container.ts";
import { memoryLimits } from "./memory.ts";
import type { Parts } from "./parts.ts";
import { runAs } from "./volumes.ts";

type Role = keyof DockerHostArgs["variables"];

const scratch = { "/tmp": "rw,nosuid,nodev,size=64m" };

/** Node is in the image, curl is not. */
const answers = (path: string): string[] => [
  "node",
  "-e",
  `fetch("http://127.0.0.1:${ports.role}${path}").then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))`,
];

/** The application's own containers: one image, a process a role, each with the variables it reads. */
export function roles(
  { args, images, networks, volumes, site }: Parts,
  stores: { readonly database: Resource; readonly cache: Resource },
) {
  const memory = memoryLimits(args.sessions);
  const start = (
    role: Role,
    more: Omit<ContainerArgs, "image" | "memory" | "command" | "variables" | "user">,
  ) =>
    container(
      role,
      {
        image: images.app,
        memory: memory[role],
        command: [role],
        variables: args.variables[role],
        user: runAs("storage"),
        scratch,
        ...more,
      },
      site,
    );

  const migrate = start("migrate", { networks: [networks.data], once: true, after: [stores.database] });
  const egress = start("egress", { networks: [networks.browser, networks.out], health: answers("/healthz") });
  const browser = start("browser", {
    networks: [networks.browser],
    health: answers("/healthz"),
    scratch: { "/tmp": "rw,nosuid,nodev,size=512m" },
    security: chromiumSecurity(args.chromiumProfile),
    after: [egress],
  });
  const worker = start("worker", {
    networks: [networks.data, networks.browser, networks.out],
    volumes: [{ volume: volumes.storage, path: storageDirectory }],
    health: answers("/healthz"),
    after: [migrate, stores.cache, browser],
  });
  const api = start("api", {
    networks: [networks.data, networks.edge],
    volumes: [{ volume: volumes.storage, path: storageDirectory }],
    health: answers("/readyz"),
    after: [migrate, stores.cache],
  });
  return { migrate, egress, browser, worker, api };
}

/** nginx with the page. */
export function web({ args, images, networks, site }: Parts) {
  return container(
    "web",
    {
      image: images.web,
      memory: memoryLimits(args.sessions).web,
      networks: [networks.edge],
      scratch,
      health: ["curl", "--fail", "--silent", `http://127.0.0.1:${ports.web}/`],
    },
    site,
  );
}
