import type { Resource } from "../contract.ts";
import { containersOf, stop } from "./containers.ts";
import type { DockerSession } from "../testfarm.ts";

export type SlotInputs = {
  /** Label of the stack on its engine. */
  stack: string;
  /** Changes whenever a container of the application has to be made anew. */
  release: string;
  /** Seconds that a container gets to end its work. */
  grace: number;
};
export type SlotOutputs = {
  /** `0` or `1`: the application's containers are found under `api-0`, `web-0`, ... or `api-1`, `web-1`, ... */
  slot: string;
};

/**
 * Which of two names the containers of a release have. The edge knows both and sends requests to whoever is ready under
 * one of them, so that a new release joins, and the old one leaves, without a change to the edge. Which of the two is
 * free cannot be computed from the program: it is asked from the engine whenever the release changes.
 */
export const slot: Resource<DockerSession, SlotInputs, SlotOutputs> = {
  outputs: ["slot"],
  replaces: ["stack"],
  async create(inputs, { session }) {
    return { id: inputs.stack, outputs: { slot: await freeSlot(session, inputs) } };
  },
  async update(_, inputs, old, { session }) {
    return { slot: inputs.release === old.release ? old.slot : await freeSlot(session, inputs) };
  },
  async delete() {},
};

/** The slot that does not serve. What is left in it, of a release that failed or has been replaced, is ended first. */
async function freeSlot({ engine }: DockerSession, { stack, grace }: SlotInputs): Promise<string> {
  const containers = await containersOf(engine(), stack);
  const apis = containers.filter(({ service, isRunning }) => service === "api" && isRunning);
  // While the database is away no API is healthy, and the one that runs still is what serves afterwards.
  const serving = (apis.find(({ isHealthy }) => isHealthy) ?? apis[0])?.slot;
  const free = serving === "0" ? "1" : "0";
  await stop(
    engine(),
    containers.filter((each) => each.slot === free),
    grace,
  );
  return free;
}
