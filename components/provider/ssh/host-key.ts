import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { Resource } from "../contract.ts";

const run = promisify(execFile);

export type HostKeyInputs = {
  /** Name or IP address of the server. */
  address: string;
  /** Another server has another key. */
  serverId: string;
  /** Seconds that a new server may take to answer. */
  patience: number;
};
export type HostKeyOutputs = {
  /** `ssh-ed25519 AAAA...` */
  publicKey: string;
};

/**
 * The key by which a server is known, read from it when it is first spoken to. From then on it is in Pulumi's state, on
 * whichever machine that is used, and a server that shows another one is refused.
 */
export const hostKey: Resource<unknown, HostKeyInputs, HostKeyOutputs> = {
  outputs: ["publicKey"],
  async create(inputs, { signal }) {
    return { id: inputs.serverId, outputs: { publicKey: await scan(inputs, signal) } };
  },
  async update(_, inputs, old, { signal }) {
    const isSame = inputs.serverId === old.serverId && inputs.address === old.address;
    return { publicKey: isSame ? old.publicKey : await scan(inputs, signal) };
  },
  async delete() {},
};

async function scan({ address, patience }: HostKeyInputs, signal: AbortSignal): Promise<string> {
  for (const deadline = Date.now() + patience * 1_000; ;) {
    // Ends with 1 where nobody listens, with 0 and nothing printed where the other side is no SSH server.
    const { stdout } = await run("ssh-keyscan", ["-T", "10", "-t", "ed25519", address], { signal }).catch(
      (error: { code?: unknown; stdout?: string }) => {
        if (typeof error.code !== "number") throw error;
        return { stdout: error.stdout ?? "" };
      },
    );
    const [, key] = /^\S+ (ssh-ed25519 \S+)$/m.exec(stdout) ?? [];
    if (key !== undefined) return key;
    if (Date.now() > deadline)
      throw new Error(
        `No SSH server with an Ed25519 key answers at ${address} within ${patience} s. Does the firewall let this machine in (adminCidrs)?`,
      );
    await sleep(2_000, undefined, { signal });
  }
}
