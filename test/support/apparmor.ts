import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import { atEnd } from "./at-end.ts";
import { findOrInstall, mayInstall } from "./debian.ts";
import { debianImage } from "./docker/base-images.ts";
import { docker, type Docker } from "./docker/engine.ts";
import type { Service } from "./services.ts";

const run = promisify(execFile);

/** Reads a profile without giving it to the kernel. @throws with what is wrong. */
export type ReadProfile = (path: string) => Promise<unknown>;

const options = ["--skip-kernel-load", "--skip-cache"];

/** The parser of AppArmor 4, which Debian has since trixie: this machine's, or that of a container. */
export const appArmor: Service<ReadProfile> = {
  name: "AppArmor 4",
  needs:
    "Install it (Debian trixie, Ubuntu 24.04: apt-get install apparmor), or let the tests have a container: TEST_INSTALL=1.",
  async find() {
    const parser = await findOrInstall("apparmor_parser", "apparmor");
    if (parser !== undefined && existsSync("/etc/apparmor.d/abi/4.0"))
      return (path) => run(parser, [...options, path]);
    const engine = mayInstall ? await docker.find() : undefined;
    if (engine === undefined) return undefined;
    let container: Promise<string> | undefined;
    return async (path) => {
      const name = await (container ??= start(engine));
      await engine("cp", path, `${name}:/profile`);
      await engine("exec", name, "apparmor_parser", ...options, "/profile");
    };
  },
};

/** A container with the parser, for the rest of the file. */
async function start(engine: Docker): Promise<string> {
  const image = await debianImage(engine, "trixie");
  const name = (
    await engine("run", "--detach", "--rm", "--network", "host", image, "sleep", "infinity")
  ).trim();
  atEnd(() => engine("rm", "--force", name));
  await engine("exec", name, "sh", "-c", "apt-get update -qq && apt-get install -y -qq apparmor");
  return name;
}
