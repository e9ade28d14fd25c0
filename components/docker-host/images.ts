import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import * as command from "@pulumi/command";
import * as docker from "@pulumi/docker";
import type { Resource } from "@pulumi/pulumi";
import * as pulumi from "@pulumi/pulumi";
import type { ImageSource } from "../../infra/contracts/docker-host.ts";
import type { Site } from "./container.ts";
import { sshOptions } from "../ssh.ts";

/** An image on the engine, under a name that changes whenever its content does. */
export interface Image {
  readonly name: pulumi.Input<string>;
  /** Done when the engine has the image. */
  readonly ready: Resource;
}

/** Third-party images by exact tag. PostgreSQL is the major that every tier has. */
const thirdParty = {
  edge: "caddy:2.11.9-alpine",
  postgres: "postgres:17.12-bookworm",
  redis: "redis:7.4.6-bookworm",
} as const;

/** All images that the containers are made of. */
export function images(source: ImageSource, site: Site) {
  const pull = (name: string, image: string): Image => {
    const { options } = site;
    const remote = new docker.RemoteImage(`${name}-image`, { name: image, keepLocally: true }, options);
    return { name: remote.name, ready: remote };
  };
  const own = (target: "app" | "web"): Image =>
    source.from === "registry" ? pull(target, source[target]) : build(target, source, site);
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

type Repository = Extract<ImageSource, { from: "repository" }>;

/** Builds where Pulumi runs, so that a small server has to run the image only, and loads it onto the engine. */
function build(target: "app" | "web", { root, ssh }: Repository, { options }: Site): Image {
  const name = `testfarm-${target}:${fingerprint(root)}`;
  const built = `docker build --target ${target} --tag ${name} .`;
  const loaded = pulumi.interpolate`${built} && docker save ${name} | ssh ${sshOptions.join(" ")} ${ssh} docker load`;
  const ready = new command.local.Command(
    `${target}-image`,
    { create: ssh === undefined ? built : loaded, dir: root, triggers: [name] },
    // Another checkout of the same content has nothing to build.
    { parent: options.parent, dependsOn: options.dependsOn, ignoreChanges: ["dir"] },
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
