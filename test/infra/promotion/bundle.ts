import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { build } from "esbuild";
import { expect } from "vitest";
import { atEnd } from "../../support/at-end.ts";

/** A program in one file: it starts in a fifth of the time, and more than a hundred of them are started. */
export async function bundled(entry: string): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "testfarm-bundle-"));
  atEnd(() => rm(made, { recursive: true }));
  const outfile = join(made, "program.mjs");
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    external: ["pg-native"],
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
  });
  return outfile;
}

/** What a program has around it: the SDK of AWS says nothing about the versions of Node to come. */
export const quiet = (): NodeJS.ProcessEnv => ({
  ...process.env,
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
});

/** Gives a program an order. @returns what it prints, which is JSON; `undefined` when it has killed itself. */
export async function ordered<Outcome>(program: string, order: unknown): Promise<Outcome | undefined> {
  const child = spawn(process.execPath, [program], { env: quiet(), stdio: ["pipe", "pipe", "inherit"] });
  const exited = once(child, "exit");
  child.stdin.end(`${JSON.stringify(order)}\n`);
  const [said, [code, signal]] = await Promise.all([text(child.stdout), exited]);
  if (signal === "SIGKILL") return undefined;
  expect(code, said).toBe(0);
  return JSON.parse(said) as Outcome;
}
