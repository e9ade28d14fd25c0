import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const prefix = "testfarm-browser-";

/** A new directory for all that one browser writes; its name tells which process answers for it. */
export const makeScratch = () => mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`));

/** Chromium's last processes can still write while their directory goes: tried again for up to 2 s. */
export const removalOptions = { recursive: true, force: true, maxRetries: 20, retryDelay: 100 } as const;

/** Removes directories whose process was killed before it could; their browsers ended with it. */
export async function sweepScratch(): Promise<void> {
  const names = await readdir(tmpdir());
  const abandoned = names.filter((name) => {
    const pid = new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1];
    return pid !== undefined && !isAlive(Number(pid));
  });
  await Promise.all(abandoned.map((name) => rm(join(tmpdir(), name), removalOptions).catch(ignoreForeign)));
}

/** Another user's directory is that user's to remove. */
function ignoreForeign(error: NodeJS.ErrnoException): void {
  if (error.code !== "EACCES" && error.code !== "EPERM") throw error;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
