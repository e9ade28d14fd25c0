import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Docker } from "../docker/engine.ts";

/** In it a pod's sandbox sleeps; for tests it has a shell, `httpd`, `wget` and `nslookup`. Every node has it. */
export const busyboxImage = "testfarm-busybox:1";

/** @param program Debian's `busybox`, which needs no library. */
export async function buildBusybox(engine: Docker, program: string): Promise<void> {
  const context = await mkdtemp(join(tmpdir(), "testfarm-image-"));
  try {
    await cp(join(import.meta.dirname, "busybox"), context, { recursive: true });
    await cp(program, join(context, "busybox"), { dereference: true });
    await engine("build", "--tag", busyboxImage, context);
  } finally {
    await rm(context, { recursive: true });
  }
}

/** Saves an image of the engine for as long as `use` needs it. */
export async function withArchive<Result>(
  engine: Docker,
  image: string,
  directory: string,
  use: (archive: string) => Promise<Result>,
): Promise<Result> {
  const scratch = await mkdtemp(join(directory, "image-"));
  try {
    const archive = join(scratch, "image.tar");
    await engine("save", "--output", archive, image);
    return await use(archive);
  } finally {
    await rm(scratch, { recursive: true });
  }
}
