import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { debianImage } from "../support/docker/base-images.ts";
import { docker } from "../support/docker/engine.ts";
import { busyboxImage, findPrograms } from "../support/kubernetes/index.ts";

const images = {
  operator: "testfarm-cloudnative-pg:1",
  plugin: "testfarm-barman-cloud:1",
  sidecar: "testfarm-barman-cloud-sidecar:1",
  // The operator reads PostgreSQL's version off the tag.
  postgresql: "testfarm-postgresql:17",
  pgbouncer: "testfarm-pgbouncer:1",
};
export type Images = typeof images;

/** Builds what CloudNativePG runs, all on Debian trixie's packages: the engine keeps the steps whose input is the same. */
export async function buildImages(): Promise<Images> {
  const engine = await docker.find();
  const programs = await findPrograms(["cloudnative-pg", "barman-cloud"]);
  if (engine === undefined || programs === undefined)
    throw new Error(`There is no CloudNativePG to be put into images. ${docker.needs}`);
  const given = [`DEBIAN=${await debianImage(engine, "trixie")}`, `BUSYBOX=${busyboxImage}`];
  const context = mkdtempSync(join(tmpdir(), "testfarm-cloudnative-pg-"));
  try {
    cpSync(join(import.meta.dirname, "fixtures/database/images/Dockerfile"), join(context, "Dockerfile"));
    for (const [name, program] of Object.entries(programs)) cpSync(program, join(context, name));
    for (const [target, name] of Object.entries(images)) {
      const args = given.flatMap((each) => ["--build-arg", each]);
      await engine("build", "--network", "host", ...args, "--target", target, "--tag", name, context);
    }
  } finally {
    rmSync(context, { recursive: true });
  }
  return images;
}
