import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { baseImage } from "./base-images.ts";
import { mayInstall } from "../debian.ts";
import type { Docker } from "./engine.ts";
import { withLock } from "./lock.ts";
import { startNpmRelay } from "./npm-relay.ts";

const root = join(import.meta.dirname, "../../..");

/** The application's images on the engine. */
export interface AppImages {
  readonly app: string;
  readonly web: string;
}

const built = new Map<Docker, Promise<AppImages>>();

/** Builds both targets of the Dockerfile, once for all suites: the engine keeps the steps whose input is the same. */
export function buildAppImages(docker: Docker): Promise<AppImages> {
  const building = built.get(docker) ?? withLock("app-images", () => build(docker));
  built.set(docker, building);
  return building;
}

async function build(docker: Docker): Promise<AppImages> {
  for (const image of await imagesOf("Dockerfile")) await baseImage(docker, image);
  const images = { app: "testfarm-app:test", web: "testfarm-web:test" };
  const relay = mayInstall ? await startNpmRelay(join(root, "package-lock.json")) : undefined;
  try {
    for (const target of ["app", "web"] as const) {
      const args = relay ? ["--network", "host", "--build-arg", `NPM_CONFIG_REGISTRY=${relay.url}`] : [];
      await docker("build", ...args, "--target", target, "--tag", images[target], root);
    }
  } finally {
    await relay?.close();
  }
  return images;
}

/** Names of the base images, which the Dockerfile has as defaults of its arguments. */
async function imagesOf(file: string): Promise<string[]> {
  const text = await readFile(join(root, file), "utf8");
  return [...text.matchAll(/^ARG \w+_IMAGE=(\S+)$/gm)].map(([, name]) => name!);
}
