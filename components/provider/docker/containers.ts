import type Docker from "dockerode";
import { labels } from "../../../infra/contracts/docker-host.ts";

export interface Found {
  readonly id: string;
  readonly service: string;
  /** `undefined` for what is not of a release. */
  readonly slot: string | undefined;
  /** Or will be again: its restart is under way. */
  readonly isRunning: boolean;
  readonly isHealthy: boolean;
  /** Seconds since 1970. */
  readonly created: number;
}

/** The containers of a stack, the newest first. */
export async function containersOf(engine: Docker, stack: string): Promise<Found[]> {
  const found = await engine.listContainers({
    all: true,
    filters: { label: [`${labels.stack}=${stack}`] },
  });
  return found
    .map(({ Id, Labels, State, Status, Created }) => ({
      id: Id,
      service: Labels[labels.service] ?? "",
      slot: Labels[labels.slot],
      isRunning: ["running", "restarting", "paused"].includes(State),
      isHealthy: Status.includes("(healthy)"),
      created: Created,
    }))
    .toSorted((one, other) => other.created - one.created);
}

/** Who uses another service goes before it: a worker hands its sessions over while their browsers are there. */
const order = ["api", "worker", "web", "browser", "egress"];

/**
 * Ends containers in order, each with the time that it needs to finish what it is at.
 *
 * @param grace seconds until the engine kills it.
 */
export async function stop(engine: Docker, containers: readonly Found[], grace: number): Promise<void> {
  const running = containers.filter(({ isRunning }) => isRunning);
  for (const service of new Set([...order, ...running.map((each) => each.service)])) {
    const all = running.filter((each) => each.service === service);
    await Promise.all(all.map(({ id }) => unlessGone(engine.getContainer(id).stop({ t: grace }))));
  }
}

export const remove = (engine: Docker, id: string): Promise<void> =>
  unlessGone(engine.getContainer(id).remove({ force: true, v: true }));

/** What became of a container, with the last lines that it has written. */
export async function withLastLines(engine: Docker, id: string, outcome: string): Promise<string> {
  const log = await engine.getContainer(id).logs({ stdout: true, stderr: true, tail: 20 });
  return `${outcome}. Its last lines:\n${textOf(log).trimEnd().replaceAll(/^/gm, "    ")}`;
}

/** A log without a terminal comes in frames of 8 bytes, of which the last 4 hold the length, and their text. */
function textOf(log: Buffer): string {
  const parts: string[] = [];
  for (let at = 0; at + 8 <= log.length;) {
    const end = at + 8 + log.readUInt32BE(at + 4);
    parts.push(log.toString("utf8", at + 8, end));
    at = end;
  }
  return parts.join("");
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
