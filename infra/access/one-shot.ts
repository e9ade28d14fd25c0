import type Docker from "dockerode";
import { finished } from "node:stream/promises";
import type { Output } from "../contracts/access.ts";
import { pipeInto } from "./input.ts";

/** What is run, and as what. */
export interface Container {
  readonly image: string;
  /** Default: the image's own. */
  readonly entrypoint?: string[];
  readonly command: string[];
  readonly variables: Readonly<Record<string, string>>;
  readonly user: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly volumes: readonly { readonly name: string; readonly path: string }[];
  /** Names of the networks that it is on, under no service's name. */
  readonly networks: readonly string[];
  readonly output: Output;
  readonly input?: NodeJS.ReadableStream | undefined;
}

/** Limit in MB: an API beside a client of the browser, or PostgreSQL's programs. */
const memory = 384;
/** Limit in processors: whoever is served has the others. */
const cpus = 1;
/** Seconds that it gets to end in order. An application's process gives itself less. */
const grace = 40;

/** One container, which the engine removes by itself when it ends, also if nobody waits any more. */
export async function runOnce(
  engine: Docker,
  { image, entrypoint, command, variables, user, volumes, networks, output, input, labels }: Container,
  signal?: AbortSignal,
): Promise<number> {
  const [first = "none", ...others] = networks;
  const container = await engine.createContainer({
    Image: image,
    ...(entrypoint && { Entrypoint: entrypoint }),
    Cmd: command,
    Env: Object.entries(variables).map(([name, value]) => `${name}=${value}`),
    User: user,
    Labels: labels,
    // Once whoever gives it has gone there is no more, and it ends.
    ...(input && { OpenStdin: true, StdinOnce: true }),
    HostConfig: {
      AutoRemove: true,
      NetworkMode: first,
      Mounts: volumes.map(({ name, path }) => ({ Type: "volume", Source: name, Target: path })),
      ReadonlyRootfs: true,
      Tmpfs: { "/tmp": "rw,nosuid,nodev,size=512m" },
      Memory: memory * 1024 ** 2,
      MemorySwap: memory * 1024 ** 2,
      NanoCpus: cpus * 1e9,
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges:true"],
      // Whoever waits has it; nothing of it stays on the engine's machine.
      LogConfig: { Type: "none", Config: {} },
    },
  });
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= unlessGone(container.stop({ t: grace }));
    stopping.catch(() => undefined);
  };
  try {
    for (const name of others) await engine.getNetwork(name).connect({ Container: container.id });
    const streams = { stream: true, stdout: true, stderr: true };
    const printed = await container.attach(input ? { ...streams, stdin: true, hijack: true } : streams);
    if (input) pipeInto(printed, input);
    engine.modem.demuxStream(printed, output.stdout, output.stderr);
    const ended = container.wait({ condition: "removed" }) as Promise<{ StatusCode: number }>;
    ended.catch(() => undefined);
    await container.start();
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted) stop();
    const [{ StatusCode }] = await Promise.all([ended, finished(printed, { writable: false })]);
    await stopping;
    return StatusCode;
  } catch (error) {
    await unlessGone(container.remove({ force: true, v: true }));
    throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
    input?.unpipe();
  }
}

/** 304: it has stopped already; 404: it is gone; 409: it is being removed. */
export async function unlessGone(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    const { statusCode } = error as { statusCode?: number };
    if (statusCode !== 304 && statusCode !== 404 && statusCode !== 409) throw error;
  }
}
