import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A tar archive of one file, owned by root. */
export function archive(path: string, content: string, permissions: string): Buffer {
  const directory = mkdtempSync(join(tmpdir(), "testfarm-upload-"));
  try {
    const file = join(directory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content, { mode: Number.parseInt(permissions, 8) });
    const owned = ["--owner=0", "--group=0", `--mode=${permissions}`];
    return execFileSync("tar", ["-C", directory, ...owned, "-cf", "-", path.slice(1)]);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
