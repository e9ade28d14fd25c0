/** The real Pulumi engine on this repository's own Pulumi.yaml, with stand-ins for what no registry serves. */
import { spawn, type SpawnOptions, type StdioOptions } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { parse, stringify } from "yaml";
import { listen } from "../../components/provider/server.ts";
import { pinnedVersion } from "./find-cli.ts";
import { providerPackages } from "./stand-in/packages.ts";
import { standIn } from "./stand-in/provider.ts";
import { readSdk } from "./stand-in/sdk-types.ts";
import { shared } from "./stand-in/shared.ts";
import { withoutDocker } from "./stand-in/without-docker.ts";
import { openWorld, type World } from "./stand-in/world.ts";

const require = createRequire(import.meta.url);
export const projectRoot = join(import.meta.dirname, "../..");

export interface Run {
  /** `null` when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Of a command that should have gone well: what the engine has to say of it first, all else behind it. */
export const failure = (args: readonly string[], { code, stdout, stderr }: Run): Error => {
  const [told, diagnostics = ""] = stdout.split("\nDiagnostics:");
  return new Error(
    [`pulumi ${args.join(" ")} ended with ${code}`, diagnostics, stderr, told].filter(Boolean).join("\n"),
  );
};

export interface EngineOptions {
  /** Whether containers are made on the Docker engine that the program names, and its commands run. Default: nothing is. */
  readonly hasDocker?: boolean;
  /**
   * Docker network of this machine on which containers play DigitalOcean's servers, so that the program finds an engine
   * on them: to be had with `hasDocker` only. Default: servers are not there.
   */
  readonly serverNetwork?: string;
  /** Variables beside this process's own. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Encrypts the secrets in the state. Default: a fixed one. */
  readonly passphrase?: string;
  /** `inherit` connects `run` with the terminal. Default: its output is collected. */
  readonly stdio?: "inherit";
}

export interface Engine {
  /** What exists at the stand-in vendors. */
  readonly world: World;
  /** The stack's state file, as the backend wrote it. */
  readonly stateFile: (stack: string) => string;
  /** Makes the stack unless it is there. */
  readonly createStack: (stack: string) => Promise<void>;
  /**
   * @param configFile is read in place of Pulumi.<stack>.yaml. The engine may write to it.
   * @param kill ends it with SIGKILL when it aborts.
   */
  readonly run: (args: readonly string[], configFile?: string, kill?: AbortSignal) => Promise<Run>;
}

/** @param directory keeps state, plugins and the stand-ins' world; an existing one is used again. */
export function openEngine(cli: string, directory: string, options: EngineOptions = {}): Engine {
  const home = join(directory, "home");
  const state = join(directory, "state");
  const world = join(directory, "world");
  const { name } = parse(readFileSync(join(projectRoot, "Pulumi.yaml"), "utf8")) as { name: string };
  mkdirSync(state, { recursive: true });
  installPlugins(join(home, "plugins"), world, options);
  const env = {
    ...environment(home, state, options.passphrase ?? "stand-in"),
    ...options.environment,
  };

  return {
    world: openWorld(world),
    stateFile: (stack) => join(state, ".pulumi/stacks", name, `${stack}.json`),
    async run(args, configFile, kill) {
      const attached = options.hasDocker === true ? undefined : await attach(openWorld(world));
      try {
        return await run(cli, args, {
          cwd: projectRoot,
          env: {
            ...env,
            ...(configFile !== undefined && { PULUMI_OPTION_CONFIG_FILE: configFile }),
            ...(attached && { PULUMI_DEBUG_PROVIDERS: attached.addresses }),
          },
          stdio: options.stdio ?? collected,
          ...(kill && { signal: kill, killSignal: "SIGKILL" }),
        });
      } finally {
        attached?.close();
      }
    },
    async createStack(stack) {
      // A new stack gets a salt written into its configuration, which has to stay as it is in the checkout.
      const cwd = mkdtempSync(join(tmpdir(), "testfarm-stack-"));
      try {
        writeFileSync(join(cwd, "Pulumi.yaml"), stringify({ name, runtime: "nodejs" }));
        const { code, stderr } = await run(cli, ["stack", "select", "--create", stack], {
          cwd,
          env,
          stdio: collected,
        });
        if (code !== 0) throw new Error(`Stack ${stack} could not be made in ${state}: ${stderr}`);
      } finally {
        rmSync(cwd, { recursive: true });
      }
    },
  };
}

/**
 * Every provider in this process, for one command: the engine connects to them and starts none, which takes a processor
 * a second each.
 */
export async function attach(
  world: World,
): Promise<{ readonly addresses: string; readonly close: () => void }> {
  const ended = new AbortController();
  const own = [["testfarm", await listen(shared(withoutDocker, ended.signal), true)] as const];
  const others = providerPackages().map(
    async ({ name }) =>
      [name, await listen(shared(standIn(readSdk(name), world), ended.signal), true)] as const,
  );
  const all = [...own, ...(await Promise.all(others))];
  return {
    addresses: all.map(([name, { port }]) => `${name}:${port}`).join(","),
    close() {
      ended.abort();
      for (const [, { close }] of all) close();
    },
  };
}

const collected: StdioOptions = ["ignore", "pipe", "pipe"];

async function run(cli: string, args: readonly string[], options: SpawnOptions): Promise<Run> {
  const child = spawn(cli, args, options);
  const ended = new Promise<number | null>((resolve, reject) => {
    child
      .once("error", (error) => (error.name === "AbortError" ? undefined : reject(error)))
      .once("close", resolve);
  });
  const [code, stdout, stderr] = await Promise.all([
    ended,
    child.stdout ? text(child.stdout) : "",
    child.stderr ? text(child.stderr) : "",
  ]);
  return { code, stdout, stderr };
}

/**
 * @param state directory of a state.
 * @returns its address for Pulumi, which keeps no file of metadata beside each of its own: it writes those in place, and an
 * empty one that a kill leaves makes the state unreadable.
 */
export const backendOf = (state: string): string => `${pathToFileURL(state).href}?metadata=skip`;

function environment(home: string, state: string, passphrase: string): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("PULUMI_"));
  return {
    ...Object.fromEntries(inherited),
    PULUMI_HOME: home,
    PULUMI_BACKEND_URL: backendOf(state),
    PULUMI_CONFIG_PASSPHRASE: passphrase,
    // The salt is read from the state, so that the stack's configuration needs none.
    PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER: "true",
    PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
}

/**
 * Puts the stand-ins where installed plugins are: there the engine takes them without a warning, and a language host
 * that came with the CLI goes before ours.
 */
function installPlugins(directory: string, world: string, options: EngineOptions): void {
  install(directory, "language", "nodejs", pinnedVersion(), [require.resolve("./language-host.ts")]);
  for (const { name, version } of providerPackages())
    install(directory, "resource", name, `v${version}`, standInOf(name, world, options));
}

function standInOf(name: string, world: string, { hasDocker, serverNetwork }: EngineOptions): string[] {
  if (serverNetwork !== undefined && name === "digitalocean")
    return [require.resolve("./stand-in/server/main.ts"), world, serverNetwork];
  if (hasDocker === true && (name === "docker" || name === "command"))
    return [require.resolve(`./stand-in/${name}/main.ts`), world];
  return [require.resolve("./stand-in/main.ts"), name, world];
}

function install(directory: string, kind: string, name: string, version: string, command: string[]): void {
  const plugin = join(directory, `${kind}-${name}-${version}`);
  const loader = pathToFileURL(require.resolve("tsx")).href;
  const quoted = [process.execPath, "--import", loader, ...command].map(
    (word) => `'${word.replaceAll("'", `'\\''`)}'`,
  );
  mkdirSync(plugin, { recursive: true });
  writeFileSync(join(plugin, `pulumi-${kind}-${name}`), `#!/bin/sh\nexec ${quoted.join(" ")} "$@"\n`, {
    mode: 0o755,
  });
}
