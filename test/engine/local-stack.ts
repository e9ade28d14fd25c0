/** The stack `local` on a real Docker engine, for a test that tells its life and for a bench. */
import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { freePort } from "../../app/embedded/port.ts";
import { labels } from "../../infra/contracts/docker-host.ts";
import { thirdParty } from "../../infra/images/third-party.ts";
import { type AppImages, buildAppImages } from "../support/docker/app-images.ts";
import { baseImage } from "../support/docker/base-images.ts";
import { bridgeRelay } from "../support/docker/bridge-relay.ts";
import { docker as dockerEngine, type Docker } from "../support/docker/engine.ts";
import { type Farm, settleIn } from "../support/farm.ts";
import type { TestBucket } from "../support/s3.ts";
import type { Service } from "../support/services.ts";
import { tlsRelay } from "../support/tls-relay.ts";
import { failure, openEngine, type Run } from "./engine.ts";
import { pulumiCli } from "./find-cli.ts";

export interface Tools {
  readonly cli: string;
  readonly docker: Docker;
}

export const pulumiWithDocker: Service<Tools> = {
  name: "Pulumi CLI with a Docker engine",
  needs: `${pulumiCli.needs} ${dockerEngine.needs}`,
  async find() {
    const [cli, docker] = [await pulumiCli.find(), await dockerEngine.find()];
    return cli === undefined || docker === undefined ? undefined : { cli, docker };
  },
};

/** The demo shop as a site on the network of `egress`, each answer of which takes so many milliseconds. */
const demoSite = (milliseconds: number) => `
import { setTimeout as sleep } from "node:timers/promises";
import { createAdaptorServer } from "@hono/node-server";
import { shop } from "/srv/app/dist/app/demo-site/shop.js";
const { fetch } = shop();
const slow = (request, env) => sleep(${milliseconds}).then(() => fetch(request, env));
createAdaptorServer({ fetch: slow }).listen(3002, "0.0.0.0");
`;
/**
 * Serves it as `demo` on a network.
 *
 * @param slowness of each answer, in milliseconds. Default: 500, as slow as a shop on the Internet.
 * @returns the container.
 */
export async function startDemo(
  docker: Docker,
  network: string,
  image: string,
  slowness = 500,
): Promise<string> {
  const place = ["--network", network, "--network-alias", "demo"];
  const program = ["--entrypoint", "node", image, "--input-type=module", "--eval", demoSite(slowness)];
  return (await docker("run", "--detach", ...place, ...program)).trim();
}

/** What sessions do there. */
export const demoTask = { url: "http://demo:3002/", objective: "Find a mug and order it" };
/** Of the demo shop, with nothing on it to be done: a session that looks at it takes a step. */
export const stillSite = "http://demo:3002/shop.css";

export interface LocalStack {
  readonly name: string;
  /** Of its containers, and the beginning of their names. */
  readonly label: string;
  /** Where it keeps what it writes, and a test may. */
  readonly directory: string;
  /** Of the page, on this machine. */
  readonly httpsPort: number;
  readonly images: AppImages;
  /** Ends with whatever code the command has. */
  readonly run: (args: readonly string[], kill?: AbortSignal) => Promise<Run>;
  /** @returns what the command printed. @throws when it failed. */
  readonly succeed: (...args: string[]) => Promise<string>;
  readonly up: (...args: string[]) => Promise<string>;
  /** Names the images that the next `up` makes containers of. */
  readonly configure: (image: AppImages) => void;
  /** A new release of the same programs. */
  readonly tagged: (tag: string) => Promise<AppImages>;
  /** What is there: service to the ids of its containers. */
  readonly containers: () => Promise<Record<string, string[]>>;
  readonly left: (kind: "network" | "volume") => Promise<string[]>;
  /** What the newest container of a service has written. */
  readonly log: (service: string) => Promise<string>;
  /** In clear, secrets too. */
  readonly outputs: () => Promise<Readonly<Record<string, string>>>;
  /** After the first `up`: sets its owner up. @returns where it is reached without TLS, and as whom. */
  readonly settle: () => Promise<{ readonly url: string; readonly farm: Farm }>;
  /** Starts the demo shop where the stack's sessions reach it. @returns what ends it. */
  readonly serveDemo: () => Promise<() => Promise<void>>;
  readonly end: () => Promise<void>;
}

/**
 * Makes the stack, empty, under a name of its own.
 *
 * @param bucket takes its backups, to any moment. Default: it makes none.
 */
export async function openLocalStack({ cli, docker }: Tools, bucket?: TestBucket): Promise<LocalStack> {
  const images = await buildAppImages(docker);
  for (const name of Object.values(thirdParty)) await baseImage(docker, name);
  const stack = `t${randomUUID().slice(0, 6)}`;
  const label = `testfarm-${stack}`;
  const directory = mkdtempSync(join(tmpdir(), "testfarm-local-"));
  const configFile = join(directory, "stack.yaml");
  const engine = openEngine(cli, directory, { hasDocker: true });
  const httpsPort = await freePort();
  const tags: string[] = [];
  const demos: string[] = [];

  const run: LocalStack["run"] = (args, kill) =>
    engine.run([...args, "--stack", stack, "--non-interactive"], configFile, kill);
  const succeed: LocalStack["succeed"] = async (...args) => {
    const ended = await run(args);
    if (ended.code === 0) return ended.stdout;
    throw failure(args, ended);
  };
  function set(settings: object): void {
    const file = parse(readFileSync(configFile, "utf8")) as { readonly config: object };
    const named = Object.entries(settings).map(([name, value]) => [`testfarm:${name}`, value]);
    writeFileSync(
      configFile,
      stringify({ ...file, config: { ...file.config, ...Object.fromEntries(named) } }),
    );
  }
  const configure = (image: AppImages) => set({ image });
  async function backUpInto({
    name,
    endpoint,
    region,
    forcePathStyle,
    credentials,
  }: TestBucket): Promise<void> {
    const reached = await bridgeRelay(endpoint);
    set({ backup: { bucket: name, endpoint: reached, region, forcePathStyle, pointInTime: true } });
    const secrets = {
      backupAccessKeyId: credentials.accessKeyId,
      backupSecretAccessKey: credentials.secretAccessKey,
    };
    for (const [secret, value] of Object.entries(secrets))
      await succeed("config", "set", "--secret", `testfarm:${secret}`, value);
  }
  const containers: LocalStack["containers"] = async () => {
    const ours = ["--filter", `label=${labels.stack}=${label}`];
    const format = `{{.Label "${labels.service}"}} {{.ID}}`;
    const printed = await docker("ps", "--all", "--no-trunc", ...ours, "--format", format);
    const found: Record<string, string[]> = {};
    for (const line of printed.split("\n").filter(Boolean)) {
      const [service = "", id = ""] = line.split(" ");
      (found[service] ??= []).push(id);
    }
    return found;
  };
  const left: LocalStack["left"] = async (kind) => {
    const names = await docker(kind, "ls", "--format", "{{.Name}}", "--filter", `name=${label}-`);
    return names.split("\n").filter(Boolean).toSorted();
  };

  const outputs: LocalStack["outputs"] = async () =>
    JSON.parse(await succeed("stack", "output", "--json", "--show-secrets")) as Record<string, string>;

  writeFileSync(configFile, stringify({ config: {} }));
  set({ tier: "local", httpsPort, sessions: 3, egressAllow: ["demo:3002"] });
  configure(images);
  await engine.createStack(stack);
  if (bucket !== undefined) await backUpInto(bucket);
  return {
    name: stack,
    label,
    directory,
    httpsPort,
    images,
    run,
    succeed,
    up: (...args) => succeed("up", "--yes", "--skip-preview", ...args),
    configure,
    async tagged(tag) {
      const names = { app: `testfarm-app:${stack}-${tag}`, web: `testfarm-web:${stack}-${tag}` };
      await docker("tag", images.app, names.app);
      await docker("tag", images.web, names.web);
      tags.push(names.app, names.web);
      return names;
    },
    containers,
    left,
    log: async (service) => docker("logs", (await containers())[service]![0]!),
    outputs,
    async settle() {
      const { FRONTEND_URL, OWNER_BOOTSTRAP_TOKEN } = await outputs();
      const [edge] = (await containers())["edge"]!;
      const root = await docker("exec", edge!, "cat", "/data/caddy/pki/authorities/local/root.crt");
      const url = await tlsRelay(httpsPort, root);
      return { url, farm: await settleIn(url, FRONTEND_URL!, OWNER_BOOTSTRAP_TOKEN!) };
    },
    async serveDemo() {
      const demo = await startDemo(docker, `${label}-out`, images.app);
      demos.push(demo);
      return () => docker("rm", "--force", demo).then(() => undefined);
    },
    async end() {
      const own = [...Object.values(await containers()).flat(), ...demos];
      if (own.length > 0) await docker("rm", "--force", "--volumes", ...own);
      for (const kind of ["network", "volume"] as const) {
        const names = await left(kind);
        if (names.length > 0) await docker(kind, "rm", ...names);
      }
      if (tags.length > 0) await docker("rmi", ...tags);
      rmSync(directory, { recursive: true });
    },
  };
}
