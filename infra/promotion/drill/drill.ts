import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { withLock } from "../../../app/backup/connection.ts";
import type { Project } from "../../plan/project.ts";
import { type Progress, PromotionError, type Side } from "../contract.ts";
import { makePlan } from "../plan/make.ts";
import { openStackSide } from "../sides/stack.ts";
import { type ManagedStack, openStack, readSecrets } from "../stacks/stack.ts";
import { stateDirectory } from "../stacks/state-directory.ts";
import { stackSurroundings } from "../stacks/surroundings.ts";
import { move, type Moved } from "./move.ts";
import { openQuietly } from "./opening.ts";
import { leftovers, removeFile, type Scratch, writeScratch } from "./scratch.ts";
import { timed } from "./timed.ts";

/** `TFdl`: any number that no other advisory lock of the application uses. */
export const lock = 0x5446646c;
const uncut = new AbortController().signal;

interface Options {
  /** The site that a session on the scratch stack visits. Default: the smoke test's own. */
  readonly site?: string | undefined;
  /** Ends it, but for what Pulumi has begun: of what is cut off there nobody knows. The scratch stack is removed all the same. */
  readonly signal: AbortSignal;
  readonly note: (text: string) => void;
  readonly report?: (progress: Progress) => void;
  /** Hears what the engine prints. */
  readonly say: (text: string) => void;
}

/** What a drill has found. No secret is in it. */
export interface Drilled extends Omit<Moved, "seconds"> {
  readonly from: string;
  readonly to: string;
  /** The stack that was made, and is gone. */
  readonly scratch: string;
  readonly seconds: Moved["seconds"] & {
    readonly provision: number;
    readonly smoke: number;
    readonly destroy: number;
  };
  /** Seconds for which nobody could write, OFFLINE: from the end of writing to the opening of the target. */
  readonly pause: number;
}

/**
 * Rehearses a promotion OFFLINE into a scratch stack, which is made as `to` would be and removed again, however it ends. The
 * source serves all the time, and is only read. A drill of the same source that was killed is cleaned up after first.
 *
 * @param to the stack whose file the scratch stack is made from.
 * @throws {PromotionError} when something would go wrong, or another drill of the source goes on.
 */
export async function drill(project: Project, source: Side, to: string, options: Options): Promise<Drilled> {
  const drilled = await withLock(source.databaseUrl, lock, async () => {
    for (const name of leftovers(project, source.name)) {
      options.note(`removing ${name}, which an earlier drill has left`);
      await remove(project, { name }, options);
    }
    const scratch = await writeScratch(project, source.name, to);
    const { found, seconds } = await removedAfter(project, scratch, options, () =>
      rehearse(project, source, to, scratch, options),
    );
    return { ...found, seconds: { ...found.seconds, destroy: seconds } };
  });
  if (drilled !== undefined) return drilled;
  throw new PromotionError(`Another drill of ${source.name} is under way. Wait until it has ended.`);
}

type Rehearsed = Omit<Drilled, "seconds"> & { readonly seconds: Omit<Drilled["seconds"], "destroy"> };

async function rehearse(
  project: Project,
  source: Side,
  to: string,
  scratch: Scratch,
  { site, signal, note, report, say }: Options,
): Promise<Rehearsed> {
  const { name } = scratch;
  const plan = makePlan({ from: source.name, to: name, path: "OFFLINE", reasons: [] });
  note(`making the scratch stack ${name}: pulumi up`);
  const stack = await open(project, scratch, say);
  if (scratch.secrets.length > 0) {
    const known = await readSecrets(project, to);
    const needed = Object.entries(known).filter(([key]) => scratch.secrets.includes(key));
    await stack.set(Object.fromEntries(needed), { secret: true });
  }
  const own = stackSurroundings({ project, plan, stack: () => Promise.resolve(stack), site, note });
  await own.carrySecrets(signal);
  const made = await timed(() => own.provisionTarget(uncut));
  signal.throwIfAborted();
  const target = await openStackSide(project, name);
  try {
    const moved = await move({ source, target, run: plan.run, signal, report, note });
    await openQuietly(target, plan.run);
    note("running a session");
    await own.waitServed("target", signal);
    const tried = await timed(() => own.smoke("target", signal));
    const { copy, objectsAgain, verify } = moved.seconds;
    return {
      ...moved,
      from: source.name,
      to,
      scratch: name,
      seconds: { ...moved.seconds, provision: made.seconds, smoke: tried.seconds },
      pause: Math.ceil(copy + objectsAgain + verify),
    };
  } finally {
    await target.close();
  }
}

/** @returns what the work has found, and the seconds that removing the stack took. */
async function removedAfter<T>(
  project: Project,
  scratch: Scratch,
  options: Options,
  work: () => Promise<T>,
): Promise<{ readonly found: T; readonly seconds: number }> {
  const [worked] = await Promise.allSettled([work()]);
  options.note(`removing ${scratch.name}: pulumi destroy`);
  const [removed] = await Promise.allSettled([timed(() => remove(project, scratch, options))]);
  if (removed.status === "rejected") {
    const before = worked.status === "rejected" ? [(worked.reason as Error).message] : [];
    const left = `The scratch stack ${scratch.name} is left: ${(removed.reason as Error).message}`;
    throw new PromotionError([...before, `${left} The next drill tries it again.`].join("\n"), {
      cause: removed.reason,
    });
  }
  if (worked.status === "rejected") throw worked.reason;
  return { found: worked.value, seconds: removed.value.seconds };
}

async function remove(
  project: Project,
  scratch: Pick<Scratch, "name"> & Partial<Scratch>,
  { say }: Pick<Options, "say">,
): Promise<void> {
  const stack = await open(project, scratch, say);
  await stack.remove(uncut);
  await removeFile(project, scratch.name);
  await rm(directoryOf(scratch.name), { recursive: true });
}

async function open(
  project: Project,
  { name, secretsProvider }: Pick<Scratch, "name"> & Partial<Scratch>,
  say: Options["say"],
): Promise<ManagedStack> {
  const directory = directoryOf(name);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  return openStack(project, name, { directory, secretsProvider, say });
}

const directoryOf = (name: string): string => join(stateDirectory(), "drill", name);
