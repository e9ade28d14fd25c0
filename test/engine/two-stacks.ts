/** Two stacks `local` of one project on a real Docker engine, by the commands that a user types. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { freePort } from "../../app/embedded/port.ts";
import { labels } from "../../infra/contracts/docker-host.ts";
import { thirdParty } from "../../infra/images/third-party.ts";
import { operatorOf } from "../infra/cli/operator.ts";
import { type AppImages, buildAppImages } from "../support/docker/app-images.ts";
import { baseImage } from "../support/docker/base-images.ts";
import { type Farm, settleIn } from "../support/farm.ts";
import { tlsRelay } from "../support/tls-relay.ts";
import { failure, openEngine, projectRoot, type Run } from "./engine.ts";
import { startDemo, type Tools } from "./local-stack.ts";
import { projectIn } from "./project.ts";

const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

export interface TwoStacks {
  /** Directory of the project, which has their files. */
  readonly project: string;
  readonly names: readonly [string, string];
  /** `pulumi <args>` in the project. */
  readonly pulumi: (...args: string[]) => Promise<Run>;
  /**
   * Makes a stack, its owner, and a demo shop that its sessions reach.
   *
   * @param slowness of the shop's answers, as `startDemo` has it.
   */
  readonly settle: (stack: string, slowness?: number) => Promise<Settled>;
  /** `npm run promote -- <args>` in the project. */
  readonly promote: (...args: string[]) => Promise<Run>;
  /** The same, as a shell starts it: in a process group of its own. */
  readonly start: (...args: string[]) => Started;
  readonly outputs: (stack: string) => Promise<Record<string, string>>;
  /** Where a stack's page is to be had without TLS. */
  readonly relay: (stack: string) => Promise<string>;
  readonly images: AppImages;
  /** Name of a network of a stack: of those that sessions reach. */
  readonly outside: (stack: string) => string;
  readonly end: () => Promise<void>;
}

interface Settled {
  readonly farm: Farm;
  /** Container of the demo shop. */
  readonly demo: string;
}

interface Started {
  readonly child: ChildProcess;
  /** All that it has printed. */
  readonly said: () => string;
  readonly ended: Promise<number | null>;
}

const label = (stack: string): string => `testfarm-${stack}`;
const outside = (stack: string): string => `${label(stack)}-out`;

/** @param environment of the commands, beside their operator's. */
export async function openTwoStacks(
  { cli, docker }: Tools,
  environment: Readonly<Record<string, string>> = {},
): Promise<TwoStacks> {
  const images = await buildAppImages(docker);
  for (const name of Object.values(thirdParty)) await baseImage(docker, name);
  const directory = mkdtempSync(join(tmpdir(), "testfarm-two-"));
  // Puts the plugins there.
  openEngine(cli, directory, { hasDocker: true });
  const id = randomUUID().slice(0, 5);
  const names = [`a${id}`, `b${id}`] as const;
  const settings = { tier: "local", sessions: 2, egressAllow: ["demo:3002"], image: images };
  const ports = new Map<string, number>();
  for (const name of names) ports.set(name, await freePort());
  const project = projectIn(
    directory,
    Object.fromEntries([...ports].map(([name, httpsPort]) => [name, { ...settings, httpsPort }])),
  );
  const env = {
    ...operatorOf(cli, directory),
    XDG_STATE_HOME: join(directory, "run"),
    PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    ...environment,
  };
  const promotion = ["--import", tsx, join(projectRoot, "infra/cli/promote.ts")];
  const call = (file: string, args: readonly string[]): Promise<Run> =>
    new Promise((resolve) => {
      execFile(file, args, { cwd: project, env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
      );
    });
  const pulumi: TwoStacks["pulumi"] = (...args) => call(cli, [...args, "--non-interactive"]);
  const outputs: TwoStacks["outputs"] = async (stack) => {
    const printed = await call(cli, ["stack", "output", "--json", "--show-secrets", "--stack", stack]);
    return JSON.parse(printed.stdout) as Record<string, string>;
  };
  const of = (kind: string, ...args: string[]) =>
    docker(kind, "ls", ...args, "--quiet").then((printed) => printed.split("\n").filter(Boolean));
  const relay: TwoStacks["relay"] = async (stack) => {
    const ours = ["--filter", `label=${labels.stack}=${label(stack)}`];
    const [edge] = await of("container", ...ours, "--filter", `label=${labels.service}=edge`);
    const root = await docker("exec", edge!, "cat", "/data/caddy/pki/authorities/local/root.crt");
    return tlsRelay(ports.get(stack)!, root);
  };
  return {
    project,
    names,
    images,
    outputs,
    pulumi,
    outside,
    relay,
    async settle(stack, slowness) {
      for (const command of [
        ["stack", "init"],
        ["up", "--yes", "--skip-preview", "--stack"],
      ]) {
        const ended = await pulumi(...command, stack);
        if (ended.code !== 0) throw failure([...command, stack], ended);
      }
      const { FRONTEND_URL = "", OWNER_BOOTSTRAP_TOKEN = "" } = await outputs(stack);
      const farm = await settleIn(await relay(stack), FRONTEND_URL, OWNER_BOOTSTRAP_TOKEN);
      return { farm, demo: await startDemo(docker, outside(stack), images.app, slowness) };
    },
    promote: (...args) => call(process.execPath, [...promotion, ...args]),
    start(...args) {
      const stdio = ["ignore", "pipe", "pipe"] as const;
      const child = spawn(process.execPath, [...promotion, ...args], {
        cwd: project,
        env,
        detached: true,
        stdio: [...stdio],
      });
      let said = "";
      for (const stream of [child.stdout, child.stderr]) stream?.on("data", (text) => (said += String(text)));
      return { child, said: () => said, ended: once(child, "close").then(([code]) => code as number | null) };
    },
    async end() {
      for (const name of names) {
        const containers = await of("container", "--all", "--filter", `label=${labels.stack}=${label(name)}`);
        if (containers.length > 0) await docker("rm", "--force", "--volumes", ...containers);
        for (const kind of ["network", "volume"]) {
          const found = await of(kind, "--filter", `name=${label(name)}-`);
          if (found.length > 0) await docker(kind, "rm", ...found);
        }
      }
      rmSync(directory, { recursive: true });
    },
  };
}
