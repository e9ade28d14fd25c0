import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import * as command from "@pulumi/command";
import * as docker from "@pulumi/docker";
import type { Resource } from "@pulumi/pulumi";
import * as pulumi from "@pulumi/pulumi";
import type { DockerHostArgs } from "../../infra/contracts/docker-host.ts";
import { type Lock, pinned, readLock } from "../../infra/images/lock.ts";
import { basesOf, thirdParty } from "../../infra/images/third-party.ts";
import type { Site } from "./container.ts";
import { quoted } from "../ssh.ts";

/** An image on the engine, under a name that changes whenever its content does. */
export interface Image {
  readonly name: pulumi.Input<string>;
  /** Done when the engine has the image. */
  readonly ready: Resource;
}

/**
 * All images that the containers are made of.
 *
 * @param lock default: what `npm run pin-images` wrote. A digest of it wins over the tag.
 */
export function images(
  { images: source, engine }: Pick<DockerHostArgs, "images" | "engine">,
  site: Pick<Site, "options">,
  lock = readLock(),
) {
  const pull = (name: string, image: string): Image => {
    const { options } = site;
    const remote = new docker.RemoteImage(`${name}-image`, { name: image, keepLocally: true }, options);
    return { name: remote.name, ready: remote };
  };
  const own = (target: "app" | "web"): Image =>
    source.from === "registry"
      ? pull(target, source[target])
      : build(target, { root: source.root, engine, site, lock });
  const other = (name: keyof typeof thirdParty): Image => pull(name, pinned(thirdParty[name], lock));
  return {
    edge: other("edge"),
    postgres: other("postgres"),
    redis: other("redis"),
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

interface Build extends Pick<DockerHostArgs, "engine"> {
  /** Directory with the Dockerfile. */
  readonly root: string;
  readonly site: Pick<Site, "options">;
  readonly lock: Lock;
}

/** Builds where Pulumi runs, so that a small server has to run the image only, and loads it onto the engine. */
function build(target: "app" | "web", { root, engine, site, lock }: Build): Image {
  const { provider: _, ...options } = site.options;
  const bases = lockedBases(root, lock);
  const name = `testfarm-${target}:${fingerprint(root, bases)}`;
  // Without a value it is taken from the environment, where it is set: whoever reaches npm's packages elsewhere.
  const given = ["NPM_CONFIG_REGISTRY", ...bases].map((argument) => `--build-arg ${argument}`).join(" ");
  const built = `docker build ${given} --target ${target} --tag ${name} .`;
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

/** Arguments of the Dockerfile for the bases of which there is a digest: `NODE_IMAGE=node:24@sha256:...`. */
const lockedBases = (root: string, lock: Lock): string[] =>
  Object.entries(basesOf(readFileSync(join(root, "Dockerfile"), "utf8")))
    .filter(([, image]) => Object.hasOwn(lock, image))
    .map(([argument, image]) => `${argument}=${pinned(image, lock)}`);

function fingerprint(root: string, bases: readonly string[]): string {
  const hash = createHash("sha256").update(bases.join());
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
