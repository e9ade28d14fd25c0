import type { ClientBase } from "pg";
import { withClient } from "../../../app/backup/connection.ts";
import { AccessError } from "../../contracts/access.ts";
import type { Plan, Side } from "../contract.ts";
import { readGate } from "../gate.ts";
import type { RunRecord } from "../ledger/contract.ts";
import { findRunner } from "../ledger/lock.ts";
import { mirroredRuns } from "../ledger/mirror.ts";
import { readRun } from "../ledger/read.ts";
import { isOurs } from "../replication/names.ts";
import { findOwnSlot } from "../replication/slot.ts";
import { isOutOfReach, reasonOf } from "../runner/reason.ts";
import { standingOf } from "../runner/standing.ts";
import type { ActionName } from "../plan/names.ts";
import { words } from "../plan/words.ts";

/** Where a promotion is. No secret is in it. */
export interface Status {
  readonly plan: Pick<Plan, "run" | "from" | "to" | "path" | "createdAt">;
  readonly status: RunRecord["status"];
  /** Which it is in, or has come to an end with. */
  readonly state: string;
  readonly isGoingBack: boolean;
  /** Who works at it: process and machine. `null`: nobody, or the source does not tell. */
  readonly runner: string | null;
  /** Of the source; `null` where it does not answer. */
  readonly gate: { readonly state: string; readonly epoch: number; readonly movedTo: string | null } | null;
  /**
   * Whether changes of the target come back to the source, and when it last heard of it; `null` where it does not follow it, or
   * does not answer.
   */
  readonly follows: { readonly isConnected: boolean; readonly heard: string | null } | null;
  /** What the source keeps of its log for the target, and whether that reads it; `null` where it keeps none, or does not answer. */
  readonly log: { readonly bytes: number; readonly isRead: boolean } | null;
  /** The stack whose bucket has told this, and why the source has not; `null` where it has. */
  readonly mirror: { readonly of: string; readonly because: string } | null;
  /** The last thing that was done, in words, and what became of it. */
  readonly last: string;
}

type Opened = Pick<Side, "databaseUrl" | "objects" | "close">;

/**
 * Of the source, or, where that does not answer, of the mirror in the bucket of the stack that it was promoted to.
 *
 * @param mirror that stack. Default: only the source is asked.
 * @returns `undefined` where there was never a promotion.
 * @throws {AccessError} when neither can be reached.
 */
export async function findStatus(
  open: (name: string) => Promise<Opened>,
  from: string,
  mirror: string | undefined,
): Promise<Status | undefined> {
  try {
    return await opened(open(from), statusOf);
  } catch (error) {
    if (!isOutOfReach(error)) throw error;
    const because = reasonOf(error);
    if (mirror !== undefined)
      return opened(open(mirror), (target) => mirrored(from, target, mirror, because));
    throw new AccessError(
      `${because}\nWhere ${from} is gone, or stays out of reach, the stack that it was promoted to has a copy of the ledger: status ${from} --mirror <stack>.`,
      { cause: error },
    );
  }
}

async function opened<T>(opening: Promise<Opened>, work: (side: Opened) => Promise<T>): Promise<T> {
  const side = await opening;
  return work(side).finally(() => side.close());
}

const statusOf = (source: Pick<Side, "databaseUrl">): Promise<Status | undefined> =>
  withClient(source.databaseUrl, async (client) => {
    const run = await readRun(client);
    if (run === undefined) return undefined;
    const { state, epoch, movedTo } = await readGate(client);
    const runner = (await findRunner(client))?.name ?? null;
    const follows = await findFollowed(client);
    const slot = await findOwnSlot(client);
    const log = slot ? { bytes: slot.retainedBytes, isRead: slot.pid !== null } : null;
    return { ...described(run), runner, gate: { state, epoch, movedTo }, follows, log, mirror: null };
  });

async function findFollowed(client: ClientBase): Promise<Status["follows"]> {
  const { rows } = await client.query<{ name: string; isConnected: boolean; heard: Date | null }>(
    `SELECT worker.subname AS name, pid IS NOT NULL AS "isConnected", last_msg_receipt_time AS heard
     FROM pg_stat_subscription AS worker JOIN pg_subscription ON pg_subscription.oid = worker.subid
     JOIN pg_database ON pg_database.oid = subdbid AND datname = current_database() WHERE relid IS NULL`,
  );
  const found = rows.find(({ name }) => isOurs(name));
  return found ? { isConnected: found.isConnected, heard: found.heard?.toISOString() ?? null } : null;
}

async function mirrored(
  from: string,
  { objects }: Pick<Side, "objects">,
  of: string,
  because: string,
): Promise<Status> {
  const run = (await mirroredRuns(objects)).find(({ plan }) => plan.from === from);
  if (run)
    return {
      ...described(run),
      runner: null,
      gate: null,
      follows: null,
      log: null,
      mirror: { of, because },
    };
  throw new AccessError(`${because}\nThe bucket of ${of} knows of no promotion from ${from}.`);
}

function described(run: RunRecord): Pick<Status, "plan" | "status" | "state" | "isGoingBack" | "last"> {
  const { run: id, from, to, path, createdAt } = run.plan;
  const { state, states, isGoingBack } = standingOf(run.plan, run.entries);
  return {
    plan: { run: id, from, to, path, createdAt },
    status: run.status,
    state: (state ?? states.at(-1)!).name,
    isGoingBack,
    last: lastOf(run),
  };
}

function lastOf({ entries }: RunRecord): string {
  const last = entries.findLast(({ action }) => action !== undefined);
  if (last?.action === undefined) return "nothing yet";
  const { action, direction, status, error, at } = last;
  const what = `${direction === "undo" ? "undo: " : ""}${words[action as ActionName]}`;
  return `${what}, ${status} at ${at}${error === undefined ? "" : `: ${error}`}`;
}

export function toText({
  plan,
  status,
  state,
  isGoingBack,
  runner,
  gate,
  follows,
  log,
  last,
  mirror,
}: Status): string {
  const { from, to, path, createdAt } = plan;
  return [
    `${from} -> ${to}, ${path}, begun ${createdAt}: ${status}`,
    `  state   ${state}${isGoingBack ? ", on the way back" : ""}`,
    `  last    ${last}`,
    ...(mirror === null
      ? [`  runner  ${runner ?? (status === "running" ? "none: resume, or rollback" : "none")}`]
      : [`  copy    of the ledger, in the bucket of ${mirror.of}: ${mirror.because}`]),
    ...(gate === null
      ? []
      : [
          `  ${from.padEnd(6)}  ${gate.state}, epoch ${gate.epoch}${gate.movedTo === null ? "" : `; served at ${gate.movedTo}`}`,
        ]),
    ...(follows === null ? [] : [`  back    ${backOf(follows, to)}`]),
    ...(log === null ? [] : [`  log     ${logOf(log, to)}`]),
    "",
  ].join("\n");
}

const logOf = ({ bytes, isRead }: NonNullable<Status["log"]>, to: string): string =>
  `${(bytes / 1e6).toFixed(1)} MB kept for ${to}${isRead ? "" : ", which does not read it: it grows until the disk is full. Mend the way, or roll back"}`;

const backOf = ({ isConnected, heard }: NonNullable<Status["follows"]>, to: string): string =>
  isConnected
    ? `what is written at ${to} comes, heard of it at ${heard ?? "no time yet"}`
    : `what is written at ${to} does not come: its server keeps it until its disk is full. Mend the way, or end this by retire or rollback`;
