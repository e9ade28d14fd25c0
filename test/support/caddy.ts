import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";
import { freePort } from "../../app/embedded/port.ts";
import { atEnd } from "./at-end.ts";
import { findOrBuild, orGo } from "./go-program.ts";
import type { GoProgram } from "./go-program.ts";
import type { Service } from "./services.ts";

const module: GoProgram = {
  name: "proxy Caddy",
  directory: join(import.meta.dirname, "caddy"),
  module: "github.com/caddyserver/caddy/v2",
  package: "cmd/caddy",
  cachedAs: "caddy",
};

/** Path of the program that stands at the edge of tier vps. */
export const caddyProgram: Service<string> = {
  name: "Caddy",
  needs: `Set TEST_CADDY to the path of the program, ${orGo}`,
  find: async () => process.env["TEST_CADDY"] ?? findOrBuild(module),
};

/**
 * A proxy in front of fixed addresses (`127.0.0.1:3001`), of which it asks each whether it is ready. It ends with the
 * file.
 *
 * @returns its URL.
 */
export async function startCaddy(program: string, upstreams: readonly string[]): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "testfarm-caddy-"));
  const port = await freePort();
  const config = join(directory, "Caddyfile");
  await writeFile(config, caddyfile(port, upstreams));
  const child = spawn(program, ["run", "--config", config], {
    stdio: "ignore",
    env: { HOME: directory, PATH: process.env["PATH"] },
  });
  atEnd(async () => {
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
    await rm(directory, { recursive: true });
  });
  const url = `http://127.0.0.1:${port}`;
  await vi.waitFor(async () => (await fetch(`${url}/healthz`)).ok || Promise.reject(new Error("not yet")), {
    timeout: 20_000,
    interval: 100,
  });
  return url;
}

const caddyfile = (port: number, upstreams: readonly string[]) => `{
	admin off
	auto_https off
}

http://127.0.0.1:${port} {
	reverse_proxy ${upstreams.join(" ")} {
		health_uri /readyz
		health_interval 250ms
		health_timeout 1s
		lb_try_duration 10s
		lb_try_interval 50ms
		flush_interval -1
	}
}
`;
