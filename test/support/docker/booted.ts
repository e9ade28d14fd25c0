import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { atEnd } from "../at-end.ts";
import { mayInstall } from "../debian.ts";
import { rootCan } from "../root.ts";
import type { Service } from "../services.ts";
import { asRoot, docker, type Docker } from "./engine.ts";
import { systemdImage, systemdOptions } from "./systemd.ts";

/** A container in which systemd runs as on a server, with an engine of its own and an empty disk of 12 GiB. */
export interface Booted {
  /** Runs a script of sh. @returns what it printed. @throws with what it said when it fails. */
  readonly run: (script: string) => Promise<string>;
  /** Copies a directory's content to the root. */
  readonly add: (directory: string) => Promise<unknown>;
  readonly reboot: () => Promise<void>;
}

export const booted: Service<() => Promise<Booted>> = {
  name: "container with systemd",
  needs: "It is made of Debian's packages, with a Docker engine and loop devices, as root: TEST_INSTALL=1.",
  async find() {
    if (!mayInstall || !(await rootCan("losetup", "--find"))) return undefined;
    const engine = await docker.find();
    return engine && (() => boot(engine));
  },
};

async function boot(engine: Docker): Promise<Booted> {
  const image = await systemdImage(engine);
  const directory = await mkdtemp(join(tmpdir(), "testfarm-booted-"));
  atEnd(() => rm(directory, { recursive: true }));
  const file = join(directory, "disk");
  await writeFile(file, "");
  await truncate(file, 12 * 1024 ** 3);
  const device = (await asRoot("losetup", "--find", "--show", file)).trim();
  atEnd(() => asRoot("losetup", "--detach", device));

  const name = (await engine("run", "--detach", ...systemdOptions, `--device=${device}`, image)).trim();
  atEnd(() => engine("rm", "--force", "--volumes", name));
  const run = (script: string) => engine("exec", name, "sh", "-c", script);
  await untilBooted(run);
  return {
    run,
    add: (from) => engine("cp", `${from}/.`, `${name}:/`),
    async reboot() {
      await engine("restart", "--time", "30", name);
      await untilBooted(run);
    },
  };
}

/** Also when a unit has failed, which tests look for. */
async function untilBooted(run: Booted["run"]): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const state = await run("systemctl is-system-running || true").catch((error: Error) => error.message);
    if (/^(running|degraded)/.test(state)) return;
    if (Date.now() > deadline) throw new Error(`systemd has not started within a minute: ${state}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
