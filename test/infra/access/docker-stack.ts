/** A stack's containers on a real Docker engine, as far as its access has to do with them. */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { labels } from "../../../infra/contracts/docker-host.ts";
import { baseImage } from "../../support/docker/base-images.ts";
import type { Docker } from "../../support/docker/engine.ts";

/** Has a shell and a server that answers in clear text. */
const base = "redis:7.4.6-bookworm";
const password = "canary-cache-password";

/** In place of the application: what is asked of it is in the argument after the role. */
const program = `
echo "runs $*"
case "$2" in
  environment) env ;;
  place) id -u; cat /srv/storage/left; redis-cli -u "$REDIS_URL" PING; touch /somewhere ;;
  keep) id -u; echo "a copy" > /srv/backup/copy; ls /srv/storage || true ;;
  read) cat; echo "has read it" >&2; exit 3 ;;
  fail) echo "no such backup" >&2; exit 7 ;;
  wait) trap 'echo "cleans up"; exit 0' TERM; echo waits; while :; do sleep 0.1; done ;;
esac
`;

/** In place of PostgreSQL: says what it is run on, and as what, until it is told to end. */
const server = `#!/bin/sh
echo "runs postgres $*"
id -u
cat /srv/backup/copy
ls /sys/class/net
trap 'echo "ends"; exit 0' INT TERM
while :; do sleep 0.1; done
`;

export interface DockerStack {
  readonly label: string;
  /** Where the stack's containers find the cache. */
  readonly cacheUrl: string;
  /** Services whose containers are there, running or not. */
  services(): Promise<string[]>;
  /** What `docker inspect` tells of the only container of a service. */
  inspect(service: string, format: string): Promise<string>;
  /** Names of its volumes that commands have made. */
  scratch(): Promise<string[]>;
  remove(): Promise<void>;
}

export async function startDockerStack(docker: Docker): Promise<DockerStack> {
  const label = `testfarm-${randomUUID().slice(0, 8)}`;
  const image = `${label}-app`;
  const networks = ["data", "out"].map((name) => `${label}-${name}`) as [string, string];
  const volume = `${label}-storage`;
  await buildImage(docker, image);
  await docker("network", "create", "--internal", networks[0]);
  await docker("network", "create", networks[1]);
  await docker("volume", "create", volume);

  const start = (service: string, run: readonly string[], command: readonly string[]) => {
    const marks = { [labels.stack]: label, [labels.service]: service };
    const marked = Object.entries(marks).flatMap(([name, value]) => ["--label", `${name}=${value}`]);
    return docker("run", "--detach", ...marked, "--network-alias", service, ...run, ...command);
  };
  const shell = (script: string) => ["--entrypoint", "sh", image, "-c", script];
  const cache = ["redis-server", "--requirepass", password];
  await start("redis", ["--network", networks[0], "--entrypoint", cache[0]!, image], cache.slice(1));
  const storage = ["--volume", `${volume}:/srv/storage`];
  const api = shell("echo kept > /srv/storage/left; exec sleep 600");
  await start("api", ["--network", networks[0], ...storage], api);
  await start("postgres", ["--network", networks[0], "--volume", "/srv/data"], shell("exec sleep 600"));
  await start("worker", ["--network", networks[1]], shell("exec sleep 600"));
  const authority = "/data/caddy/pki/authorities/local";
  const edge = shell(`mkdir -p ${authority}; echo certificate > ${authority}/root.crt; exec sleep 600`);
  await start("edge", ["--network", networks[1]], edge);

  const own = ["--all", "--filter", `label=${labels.stack}=${label}`];
  const list = async (...args: string[]) => (await docker("ps", ...own, ...args)).split("\n").filter(Boolean);
  async function scratch(): Promise<string[]> {
    const marks = { [labels.stack]: label, [labels.service]: "scratch" };
    const filters = Object.entries(marks).flatMap(([name, value]) => ["--filter", `label=${name}=${value}`]);
    return (await docker("volume", "ls", "--quiet", ...filters)).split("\n").filter(Boolean);
  }
  return {
    label,
    cacheUrl: `redis://default:${password}@redis:6379`,
    services: async () => (await list("--format", `{{.Label "${labels.service}"}}`)).toSorted(),
    async inspect(service, format) {
      const ids = await list("--quiet", "--filter", `label=${labels.service}=${service}`);
      return (await docker("inspect", "--format", format, ...ids)).trim();
    },
    scratch,
    async remove() {
      const ids = await list("--quiet");
      if (ids.length > 0) await docker("rm", "--force", "--volumes", ...ids);
      await docker("network", "rm", ...networks);
      await docker("volume", "rm", volume, ...(await scratch()));
      await docker("rmi", image);
    },
  };
}

async function buildImage(docker: Docker, name: string): Promise<void> {
  await baseImage(docker, base);
  const context = await mkdtemp(join(tmpdir(), "testfarm-access-"));
  try {
    await writeFile(join(context, "program"), program);
    await writeFile(join(context, "postgres"), server, { mode: 0o755 });
    const lines = [
      `FROM ${base}`,
      "COPY program /program",
      "COPY postgres /usr/local/bin/",
      "RUN install -d -o 999 -g 999 /srv/storage /srv/backup",
      'ENTRYPOINT ["sh", "/program"]',
      "USER 999:999",
    ];
    await writeFile(join(context, "Dockerfile"), lines.join("\n"));
    await docker("build", "--tag", name, context);
  } finally {
    await rm(context, { recursive: true });
  }
}
