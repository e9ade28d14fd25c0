import { connect } from "node:net";
import { labels } from "../../../infra/contracts/docker-host.ts";
import type { Resource } from "../contract.ts";
import type { DockerSession } from "../testfarm.ts";

export type FreePortInputs = {
  /** Label of the stack on its engine. */
  stack: string;
  port: number;
  /** What to do when it is taken, in words. */
  fix: string;
};

/** Done when nobody else has the port that the stack is going to publish: whoever has it is named, and what to do. */
export const freePort: Resource<DockerSession, FreePortInputs, Record<never, never>> = {
  outputs: [],
  replaces: ["stack"],
  async create(inputs, { session }) {
    await refuseIfTaken(session, inputs);
    return { id: inputs.stack, outputs: {} };
  },
  async update(_, inputs, old, { session }) {
    if (inputs.port !== old.port) await refuseIfTaken(session, inputs);
    return {};
  },
  async delete() {},
};

async function refuseIfTaken({ engine, isLocal }: DockerSession, { stack, port, fix }: FreePortInputs) {
  const containers = await engine().listContainers({ filters: { publish: [`${port}/tcp`] } });
  const holder = containers.find(({ Ports }) => Ports.some(({ PublicPort }) => PublicPort === port));
  // Of an update that was cut off: it goes on with it.
  if (holder?.Labels[labels.stack] === stack) return;
  if (holder !== undefined)
    throw new Error(`Port ${port} is taken by the container ${holder.Names[0]?.slice(1)}. ${fix}`);
  if (isLocal && (await answers(port))) throw new Error(`Port ${port} is taken on this machine. ${fix}`);
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port, timeout: 1_000 });
    const say = (answer: boolean) => resolve((socket.destroy(), answer));
    socket
      .on("connect", () => say(true))
      .on("timeout", () => say(false))
      .on("error", () => say(false));
  });
