import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import * as command from "@pulumi/command";
import * as docker from "@pulumi/docker";
import type { Resource } from "@pulumi/pulumi";
import * as pulumi from "@pulumi/pulumi";
import type { DockerHostArgs } from "../../infra/contracts/docker-host.ts";
import type { Site } from "./container.ts";
import { quoted } from "../ssh.ts";

/** An image on the engine, under a name that changes whenever its content does. */
export interface Image {
  readonly name: pulumi.Input<string>;
  /** Done when the engine has the image. */
  readonly ready: Resource;
}

/** Third-party images by exact tag. PostgreSQL is the major that every tier has. */
export const thirdParty = {
  edge: "caddy:2.11.9-alpine",
  postgres: "postgres:17.12-bookworm",
  redis: "redis:7.4.6-bookworm",
} as const;

/** All images that the containers are made of. */
export function images({ images: source, engine }: Pick<DockerHostArgs, "images" | "engine">, site: Site) {
  const pull = (name: string, image: string): Image => {
    const { options } = site;
    const remote = new docker.RemoteImage(`${name}-image`, { name: image, keepLocally: true }, options);
    return { name: remote.name, ready: remote };
  };
  const own = (target: "app" | "web"): Image =>
    source.from === "registry" ? pull(target, source[target]) : build(target, source.root, engine, site);
  return {
    edge: pull("edge", thirdParty.edge),
    postgres: pull("postgres", thirdParty.postgres),
    redis: pull("redis", thirdParty.redis),
    app: own("app"),
    web: own("web"),
  };
}
export type Images = ReturnType<typeof images>;

/** What the Dockerfile copies. The image's tag is made of its content. */
const context = [
  "Dockerfile",
  ".dockerignore",
  ".npmrc",
  "package.json",
  "package-lock.json",
  "tsconfig.json",
  "tsconfig.build.json",
  "app",
];

/** Builds where Pulumi runs, so that a small server has to run the image only, and loads it onto the engine. */
function build(target: "app" | "web", root: string, engine: DockerHostArgs["engine"], site: Site): Image {
  const { provider: _, ...options } = site.options;
  const name = `testfarm-${target}:${fingerprint(root)}`;
  // Taken from the environment where it is set: whoever reaches npm's packages elsewhere.
  const built = `docker build --build-arg NPM_CONFIG_REGISTRY --target ${target} --tag ${name} .`;
  const create =
    "socket" in engine
      ? built
      : pulumi
          .all([engine.sshOptions, engine.target])
          .apply(
            ([args, to]) => `${built} && docker save ${name} | ${quoted(["ssh", ...args, to])} docker load`,
          );
  const ready = new command.local.Command(
    `${target}-image`,
    {
      create,
      dir: root,
      triggers: [name],
      ...("socket" in engine && { environment: { DOCKER_HOST: `unix://${engine.socket}` } }),
    },
    // Another checkout of the same content has nothing to build.
    { ...options, ignoreChanges: ["dir"] },
  );
  return { name, ready };
}

function fingerprint(root: string): string {
  const hash = createHash("sha256");
  for (const path of context.flatMap((each) => filesUnder(root, each))) {
    hash
      .update(path)
      .update("\0")
      .update(readFileSync(join(root, path)))
      .update("\0");
  }
  return hash.digest("hex").slice(0, 12);
}

const filesUnder = (root: string, path: string): string[] =>
  statSync(join(root, path)).isFile()
    ? [path]
    : readdirSync(join(root, path))
        .toSorted()
        .flatMap((name) => filesUnder(root, join(path, name)));
