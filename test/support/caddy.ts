import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
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

/** Path of the program that stands at the edge of tier vps, and that serves the page. */
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
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  await runCaddy(program, caddyfile(port, upstreams), `${url}/healthz`);
  return url;
}

/**
 * The program of the page's image with that image's configuration. It ends with the file.
 *
 * @param directory with the built page.
 * @param variables such as `API_URL`.
 * @returns its URL.
 */
export async function startPageServer(
  program: string,
  directory: string,
  variables: Readonly<Record<string, string>>,
): Promise<string> {
  const port = await freePort();
  const ofImage = await readFile(join(import.meta.dirname, "../../app/web/Caddyfile"), "utf8");
  const url = `http://127.0.0.1:${port}`;
  await runCaddy(
    program,
    ofImage.replace(":8080", `:${port}`).replace("/srv/page", directory),
    `${url}/`,
    variables,
  );
  return url;
}

/** It ends with the file. @param ready answers once it runs. */
export async function runCaddy(
  program: string,
  config: string,
  ready: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "testfarm-caddy-"));
  const file = join(directory, "Caddyfile");
  await writeFile(file, config);
  const child = spawn(program, ["run", "--config", file], {
    stdio: "ignore",
    env: { HOME: directory, PATH: process.env["PATH"], ...variables },
  });
  atEnd(async () => {
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
    await rm(directory, { recursive: true });
  });
  await vi.waitFor(async () => (await fetch(ready)).ok || Promise.reject(new Error("not yet")), {
    timeout: 20_000,
    interval: 100,
  });
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
