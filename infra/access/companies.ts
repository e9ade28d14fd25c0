import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { finished } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { type Access, AccessError } from "../contracts/access.ts";
import { pipeInto } from "./input.ts";

const application = fileURLToPath(new URL("../../app/main.ts", import.meta.url));

/** Milliseconds that a service may take to accept a connection. */
const patience = 10_000;

const defaultPorts: Readonly<Record<string, number>> = {
  "postgres:": 5432,
  "postgresql:": 5432,
  "redis:": 6379,
  "rediss:": 6379,
};

/** What a role gets of this machine beside its variables: programs, and where they may write. */
const inherited = ["PATH", "HOME", "TMPDIR", "NODE_EXTRA_CA_CERTS"];

/**
 * Services at companies, which this machine reaches by their own addresses. Roles run on it, as this checkout has them;
 * those that need a database in a company's private network do where this machine is in that network.
 */
export const companiesAccess = (): Promise<Access> =>
  Promise.resolve({
    async run({ role, args, variables, output, input, scratch }, signal) {
      if (scratch) throw hasNone();
      await Promise.all(Object.entries(variables).map(([name, value]) => refuseUnreachable(name, value)));
      const own = inherited.flatMap((name) => {
        const value = process.env[name];
        return value === undefined ? [] : [[name, value]];
      });
      const child = spawn(process.execPath, ["--import", "tsx", application, role, ...args], {
        env: { ...Object.fromEntries(own), ...variables },
        stdio: [input ? "pipe" : "ignore", "pipe", "pipe"],
        // Ctrl-C is this process's to hear.
        detached: true,
      });
      if (input && child.stdin) pipeInto(child.stdin, input);
      child.stdout!.pipe(output.stdout, { end: false });
      child.stderr!.pipe(output.stderr, { end: false });
      const stop = () => void child.kill("SIGTERM");
      signal?.addEventListener("abort", stop, { once: true });
      if (signal?.aborted) stop();
      try {
        const [[code]] = await Promise.all([
          once(child, "exit") as Promise<[number | null]>,
          finished(child.stdout!),
          finished(child.stderr!),
        ]);
        return code ?? 1;
      } finally {
        signal?.removeEventListener("abort", stop);
        input?.unpipe();
      }
    },
    scratch: () => Promise.reject(hasNone()),
    recover: () => Promise.reject(hasNone()),
    forward: async (url) => {
      await refuseUnreachable("its address", url);
      return { url, close: () => Promise.resolve() };
    },
    authority: () => Promise.resolve(undefined),
  });

const hasNone = () =>
  new AccessError(
    "The companies of this stack keep backups themselves: docs/paas.md and docs/fly.md say how.",
  );

async function refuseUnreachable(name: string, value: string): Promise<void> {
  const port = URL.canParse(value) ? defaultPorts[new URL(value).protocol] : undefined;
  if (port === undefined) return;
  const { hostname, port: own } = new URL(value);
  const socket = connect({ host: hostname.replaceAll(/[[\]]/g, ""), port: Number(own) || port });
  try {
    await once(socket, "connect", { signal: AbortSignal.timeout(patience) });
  } catch {
    throw new AccessError(
      `${name} leads to ${hostname}, which does not answer here: it is in the private network of its company. Run this on a machine in that network, as docs/paas.md and docs/fly.md say.`,
    );
  } finally {
    socket.destroy();
  }
}
