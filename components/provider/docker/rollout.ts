import { setTimeout as sleep } from "node:timers/promises";
import type Docker from "dockerode";
import type { Resource } from "../contract.ts";
import type { DockerSession } from "../testfarm.ts";
import { containersOf, remove, stop, withLastLines } from "./containers.ts";

export type RolloutInputs = {
  /** Label of the stack on its engine. */
  stack: string;
  /** The containers of the release by service: their ids. */
  containers: { [service: string]: string };
  /** Seconds that they may take, all together, to become healthy. */
  patience: number;
  /** Seconds that a container gets to end its work. */
  grace: number;
};

/** A container that is healthy takes requests once the edge has asked it, which it does four times a second. */
const untilTheEdgeKnows = 1_000;

/**
 * Done when every container of a release is healthy: whatever it replaces is removed only then. One that does not become
 * healthy fails the update with its last lines; the release is ended, and the one before it goes on serving.
 */
export const rollout: Resource<DockerSession, RolloutInputs, Record<never, never>> = {
  outputs: [],
  replaces: ["stack"],
  async create(inputs, { session, signal }) {
    await rollOut(session.engine(), inputs, [], signal);
    return { id: inputs.stack, outputs: {} };
  },
  async update(_, inputs, old, { session, signal }) {
    await rollOut(session.engine(), inputs, Object.values(old.containers), signal);
    return {};
  },
  async delete() {},
};

/** @param condemned containers of the release before, which the engine of Pulumi ends itself. */
async function rollOut(
  engine: Docker,
  { stack, containers, patience, grace }: RolloutInputs,
  condemned: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + patience * 1_000;
  const services = Object.entries(containers);
  const failures = await Promise.all(
    services.map(([service, id]) => failureOf(engine, service, id, deadline, signal)),
  );
  const failed = failures.filter((each) => each !== undefined);
  const there = await containersOf(engine, stack);
  const ids = Object.values(containers);
  if (failed.length > 0) {
    await stop(
      engine,
      there.filter(({ id }) => ids.includes(id)),
      grace,
    );
    throw new Error(
      `The new release was not taken into service, whatever served before goes on.\n${failed.join("\n")}`,
    );
  }
  await sleep(untilTheEdgeKnows, undefined, { signal });
  // Of an update that was killed: Pulumi does not know them.
  const orphans = there.filter(
    ({ id, slot }) => slot !== undefined && !ids.includes(id) && !condemned.includes(id),
  );
  await stop(engine, orphans, grace);
  for (const { id } of orphans) await remove(engine, id);
}

/** @returns why a container is not healthy, with its last lines; `undefined` once it is. */
async function failureOf(
  engine: Docker,
  service: string,
  id: string,
  deadline: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const container = engine.getContainer(id);
  // One that an earlier update has ended gets another chance.
  if (!(await container.inspect()).State.Running) await container.start();
  /** Of the last time that it was seen between an end and the next start. */
  let exitCode: number | undefined;
  for (;;) {
    const { State, RestartCount } = await container.inspect();
    if (State.Health?.Status === "healthy") return undefined;
    const isUp = State.Running && !State.Restarting;
    if (!isUp) exitCode = State.ExitCode;
    const ends = RestartCount > 3 || (!isUp && !State.Restarting);
    if (ends || Date.now() > deadline) {
      const reason = ends
        ? `ended with exit code ${exitCode ?? "unknown"}`
        : `did not become healthy${lastCheck(State.Health?.Log)}`;
      return withLastLines(engine, id, `${service} ${reason}`);
    }
    await sleep(250, undefined, { signal });
  }
}

function lastCheck(log: readonly { readonly Output: string }[] = []): string {
  const output = log.at(-1)?.Output.trim() ?? "";
  return output === "" ? "" : ` (its check says: ${output.slice(0, 200)})`;
}
