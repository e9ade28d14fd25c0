import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { caddyProgram } from "../caddy.ts";
import { cacheDirectory } from "../go-program.ts";
import { importDebian, type Release } from "./debian-image.ts";
import { mayInstall } from "../debian.ts";
import type { Docker } from "./engine.ts";
import { withLock } from "./lock.ts";
import { nodeWithNpm } from "./node-programs.ts";

interface Recipe {
  readonly release: Release;
  /** Puts beside the Dockerfile what Debian does not have. */
  readonly add?: (directory: string) => Promise<void>;
}

/** How to make an image of a repository from Debian's packages; its Dockerfile is `images/<repository>`. */
const recipes: Readonly<Record<string, Recipe>> = {
  node: { release: "trixie", add: nodeWithNpm },
  redis: { release: "bookworm" },
  // Bookworm has PostgreSQL 15.
  postgres: { release: "trixie" },
  caddy: { release: "bookworm", add: addCaddy },
};

/** Marks an image of ours with the recipe that made it. */
const label = "testfarm.recipe";

/**
 * A third-party image, such as `node:24-trixie-slim`, is on the engine after this. It is the engine's own where it has
 * one; else pulled, or, where tests may install, made from Debian's packages: once a machine, in about a minute.
 */
export async function baseImage(docker: Docker, name: string): Promise<void> {
  const recipe = await recipeOf(name);
  const isThere = async () => {
    const made = await labelOf(docker, name);
    return made !== undefined && (made === "" || made === recipe?.version);
  };
  if (await isThere()) return;
  if (!mayInstall) return void (await docker("pull", name));
  if (!recipe) {
    const known = Object.keys(recipes).join(", ");
    throw new Error(
      `base image ${name}: it is made of no recipe; there are ${known}. Add one to ${import.meta.filename}.`,
    );
  }
  await withLock(`image-${name.replaceAll(/\W/g, "-")}`, async () => {
    if (!(await isThere())) await kept(docker, name, recipe.version, () => make(docker, name, recipe));
  });
}

type Found = Recipe & { readonly directory: string; readonly version: string };

async function recipeOf(name: string): Promise<Found | undefined> {
  const repository = name.split(":")[0]!;
  const recipe = recipes[repository];
  if (!recipe) return undefined;
  const directory = join(import.meta.dirname, "images", repository);
  return { ...recipe, directory, version: await fingerprint(directory) };
}

async function make(docker: Docker, name: string, recipe: Found): Promise<void> {
  const debian = await debianImage(docker, recipe.release);
  const context = await mkdtemp(join(tmpdir(), "testfarm-image-"));
  try {
    await cp(recipe.directory, context, { recursive: true });
    await recipe.add?.(context);
    const major = /:(\d+)/.exec(name)?.[1] ?? "";
    const given = [`DEBIAN=${debian}`, `MAJOR=${major}`].flatMap((each) => ["--build-arg", each]);
    const marked = ["--label", `${label}=${recipe.version}`, "--tag", name];
    await docker("build", "--network", "host", ...given, ...marked, context);
  } finally {
    await rm(context, { recursive: true });
  }
}

export async function debianImage(docker: Docker, release: Release): Promise<string> {
  const name = `testfarm-debian:${release}`;
  await withLock(`debian-${release}`, async () => {
    if ((await labelOf(docker, name)) !== undefined) return;
    await kept(docker, name, "1", () => importDebian(docker, release, name));
  });
  return name;
}

/** Loads the image from this machine's cache, or makes it and keeps it there. */
async function kept(
  docker: Docker,
  name: string,
  version: string,
  produce: () => Promise<void>,
): Promise<void> {
  const directory = join(cacheDirectory(), "docker");
  const archive = join(directory, `${name.replaceAll(/[^\w.-]/g, "-")}-${version}.tar`);
  if (existsSync(archive)) return void (await docker("load", "--input", archive));
  console.warn(`Making the image ${name} from Debian's packages: once a machine, about a minute.`);
  await produce();
  await mkdir(directory, { recursive: true });
  await docker("save", "--output", `${archive}.part`, name);
  await rename(`${archive}.part`, archive);
}

/** @returns `""` for an image that is not of ours, `undefined` where there is none. */
const labelOf = (docker: Docker, name: string): Promise<string | undefined> =>
  docker("image", "inspect", "--format", `{{index .Config.Labels "${label}"}}`, name).then(
    (text) => text.trim(),
    () => undefined,
  );

async function fingerprint(directory: string): Promise<string> {
  const hash = createHash("sha256");
  for (const name of (await readdir(directory)).toSorted())
    hash.update(`${name}\0`).update(await readFile(join(directory, name)));
  return hash.digest("hex").slice(0, 12);
}

async function addCaddy(directory: string): Promise<void> {
  const program = await caddyProgram.find();
  if (program === undefined) throw new Error(`There is no Caddy to put into an image. ${caddyProgram.needs}`);
  await cp(program, join(directory, "caddy"));
}
