import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** The checkout, with a slash at its end. */
export const root = fileURLToPath(new URL("../../..", import.meta.url));
const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

/** Ends the process with 99 as soon as it looks up a name or connects. */
const offline = `data:text/javascript,${encodeURIComponent(`
  import dns from "node:dns";
  import net from "node:net";
  import { writeSync } from "node:fs";
  import { syncBuiltinESMExports } from "node:module";
  const refuse = (...what) => {
    writeSync(2, "network used: " + JSON.stringify(what));
    process.exit(99);
  };
  net.Socket.prototype.connect = dns.lookup = dns.promises.lookup = refuse;
  syncBuiltinESMExports();
`)}`;

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `npm run plan -- <args>`, or another one, in a directory, as a process that has no network and exactly that environment. */
export function offlineCommand(
  command: "plan" | "manifests" | "promote",
  directory: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Ended {
  // In this order: tsx connects to a pipe of its own.
  const imports = ["--import", tsx, "--import", offline];
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...imports, join(root, `infra/cli/${command}.ts`), ...args],
    { cwd: directory, env: environment, encoding: "utf8" },
  );
  return { code: status, stdout, stderr };
}
