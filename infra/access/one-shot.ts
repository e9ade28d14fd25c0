import type Docker from "dockerode";
import { finished } from "node:stream/promises";
import type { OneShot } from "../contracts/access.ts";
import { labels } from "../contracts/docker-host.ts";

interface Place {
  /** Label of the stack. */
  readonly label: string;
  /** The container whose image, user and volumes it gets. */
  readonly like: string;
  /** Names of the networks that it is on, under no service's name. */
  readonly networks: readonly string[];
}

/** Limit in MB: an API beside a client of the browser, or PostgreSQL's programs. */
const memory = 384;
/** Seconds that it gets to end in order. An application's process gives itself less. */
const grace = 40;

/** One container, which the engine removes by itself when it ends, also if nobody waits any more. */
export async function runOnce(
  engine: Docker,
  { role, args, variables, output, label, like, networks }: OneShot & Place,
  signal?: AbortSignal,
): Promise<number> {
  const { Image, Config, Mounts } = await engine.getContainer(like).inspect();
  const [first = "none", ...others] = networks;
  const container = await engine.createContainer({
    Image,
    Cmd: [role, ...args],
    Env: Object.entries(variables).map(([name, value]) => `${name}=${value}`),
    User: Config.User,
    Labels: { [labels.stack]: label, [labels.service]: role },
    HostConfig: {
      AutoRemove: true,
      NetworkMode: first,
      Mounts: Mounts.filter(({ Type }) => Type === "volume").map(({ Name, Destination }) => ({
        Type: "volume",
        Source: Name ?? "",
        Target: Destination,
      })),
      ReadonlyRootfs: true,
      Tmpfs: { "/tmp": "rw,nosuid,nodev,size=512m" },
      Memory: memory * 1024 ** 2,
      MemorySwap: memory * 1024 ** 2,
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
    const printed = await container.attach({ stream: true, stdout: true, stderr: true });
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
  }
}

/** 304: it has stopped already; 404: it is gone; 409: it is being removed. */
async function unlessGone(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    const { statusCode } = error as { statusCode?: number };
    if (statusCode !== 304 && statusCode !== 404 && statusCode !== 409) throw error;
  }
}
