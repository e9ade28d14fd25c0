import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { findOrInstall, orInstall } from "../debian.ts";
import type { Service } from "../services.ts";
import { type Docker, docker } from "./engine.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../../..");

export interface Compose {
  readonly docker: Docker;
  /** `docker compose` in the repository; resolves to what it printed. @throws with all that it said. */
  compose(...args: string[]): Promise<string>;
}

/** An engine with Compose: its client's plugin, or Debian's `docker-compose`. */
export const dockerCompose: Service<Compose> = {
  name: "Docker Compose",
  needs: `${docker.needs} ${orInstall("docker-compose")}`,
  async find() {
    const engine = await docker.find();
    if (engine === undefined) return undefined;
    const hasPlugin = await engine("compose", "version").then(
      () => true,
      () => false,
    );
    if (hasPlugin) {
      return {
        docker: engine,
        compose: (...args) => engine("compose", "--project-directory", root, ...args),
      };
    }
    const program = await findOrInstall("docker-compose", "docker-compose");
    if (program === undefined) return undefined;
    return { docker: engine, compose: (...args) => runIn(root, program, args) };
  },
};

async function runIn(cwd: string, program: string, args: string[]): Promise<string> {
  try {
    return (await run(program, args, { cwd, maxBuffer: 256 * 1024 * 1024 })).stdout;
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error(`docker-compose ${args.join(" ")} failed:\n${stdout}${stderr}`, { cause: error });
  }
}
