import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Project } from "../../plan/project.ts";
import type { Context, End } from "../actions/contract.ts";
import {
  type Detail,
  embedded,
  type Plan,
  type Progress,
  PromotionError,
  type RunEvent,
  type Side,
} from "../contract.ts";
import { type ManagedStack, openStack } from "../stacks/stack.ts";
import { stateDirectory } from "../stacks/state-directory.ts";
import { stackSurroundings } from "../stacks/surroundings.ts";

/** Where the other side's server reaches each side's: host and port. */
export type Addresses = Readonly<Record<End, string | undefined>>;

export interface Promoting {
  readonly project: Project;
  readonly addresses: Addresses;
  /** The site that a session on the target visits. Default: the smoke test's own. */
  readonly site?: string | undefined;
  readonly onEvent: (event: RunEvent) => void;
  /** Hears what the engine prints. */
  readonly say: (text: string) => void;
}

export interface OpenPromotion {
  readonly context: Context;
  close(): Promise<void>;
}

/** Connections to a side, and objects, at the same time. */
const jobs = 4;

/** A side by its name. */
export async function openSide(
  project: Project,
  name: string,
  address: string | undefined,
  mayRun = true,
): Promise<Side> {
  if (name === embedded) return (await import("../sides/embedded.ts")).openEmbedded({ mayRun, address });
  return (await import("../sides/stack.ts")).openStackSide(project, name, address);
}

/**
 * What the actions of a plan work with: sides and stacks are opened when they are asked for first.
 *
 * @param source `undefined` where it is being taken away.
 */
export function openPromotion(
  plan: Plan,
  source: Side | undefined,
  { project, addresses, site, onEvent, say }: Promoting,
): OpenPromotion {
  const note = (text: string) => onEvent({ kind: "note", text });
  const nameOf = (end: End) => (end === "source" ? plan.from : plan.to);
  let target: Promise<Side> | undefined;
  const stacks = new Map<End, Promise<ManagedStack>>();
  const stack = (end: End) => {
    const found = stacks.get(end) ?? open(end);
    stacks.set(end, found);
    // It may be opened the next time.
    found.catch(() => stacks.delete(end));
    return found;
  };
  async function open(end: End): Promise<ManagedStack> {
    const directory = join(stateDirectory(), plan.run, nameOf(end));
    await mkdir(directory, { recursive: true, mode: 0o700 });
    return openStack(project, nameOf(end), { directory, say });
  }
  async function openSource(): Promise<Side> {
    if (source) return source;
    throw new PromotionError(`${plan.from} is being taken away: nothing of it is asked any more.`);
  }
  async function openTarget(): Promise<Side> {
    try {
      return await openSide(project, plan.to, addresses.target);
    } catch (error) {
      // It may be there the next time.
      target = undefined;
      throw error;
    }
  }
  const report = (progress: Progress) => onEvent({ kind: "progress", progress });
  async function rehearse(signal: AbortSignal): Promise<Detail> {
    const { drill } = await import("../drill/drill.ts");
    return { ...(await drill(project, await openSource(), plan.to, { site, signal, note, report, say })) };
  }
  return {
    context: {
      plan,
      side: (end) => (end === "source" ? openSource() : (target ??= openTarget())),
      surroundings: stackSurroundings({ project, plan, stack, site, note, rehearse }),
      jobs,
      report,
      note,
    },
    async close() {
      await (await target)?.close();
    },
  };
}
