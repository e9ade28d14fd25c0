import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";
import { cacheDirectory } from "../go-program.ts";

const run = promisify(execFile);

/** Fixed, since the engine takes a step from its cache only when the address is the same. */
const port = 4_873;

/** Where builds find the relay. It must be in no image. */
export const registryOfBuilds = `http://127.0.0.1:${port}`;

/**
 * This machine's registry of npm for a build that knows nothing of the machine's certificates and proxies. It keeps what
 * it has fetched, so that the next build downloads nothing: archives for good, what is said of packages for one lock file.
 *
 * @returns its address, as containers on the host's network see it.
 */
export async function startNpmRelay(
  lockFile: string,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const archives = join(cacheDirectory(), "npm");
  const manifests = await manifestsFor(archives, lockFile);
  const registry = (await run("npm", ["config", "get", "registry"])).stdout.trim().replace(/\/$/, "");
  const url = registryOfBuilds;
  const server = createServer((request, response) => {
    const path = request.url ?? "/";
    if (request.method !== "GET") return void response.writeHead(405).end();
    const isArchive = path.endsWith(".tgz");
    fetched(`${registry}${path}`, request.headers.accept, isArchive ? archives : manifests).then(
      (body) => response.end(isArchive ? body : body.toString().replaceAll(registry, url)),
      (error: unknown) => response.writeHead(502).end(String(error)),
    );
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    url,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** A directory of this lock file's own; those of others go. */
async function manifestsFor(directory: string, lockFile: string): Promise<string> {
  const own = `manifests-${hashOf(await readFile(lockFile))}`;
  await mkdir(join(directory, own), { recursive: true });
  const others = (await readdir(directory)).filter((name) => name.startsWith("manifests-") && name !== own);
  for (const name of others) await rm(join(directory, name), { recursive: true });
  return join(directory, own);
}

const hashOf = (content: string | Buffer) => createHash("sha256").update(content).digest("hex").slice(0, 32);

async function fetched(url: string, accept: string | undefined, directory: string): Promise<Buffer> {
  const file = join(directory, hashOf(`${accept} ${url}`));
  const kept = await readFile(file).catch(() => undefined);
  if (kept !== undefined) return kept;
  const response = await fetch(url, { headers: { accept: accept ?? "*/*" } });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  const body = Buffer.from(await response.arrayBuffer());
  await writeFile(`${file}.${process.pid}`, body);
  await rename(`${file}.${process.pid}`, file);
  return body;
}
