/** Looks at both ends before anything is done. Nothing is changed, but for one object that is put and removed again. */
import { withClient } from "../../../app/backup/connection.ts";
import { withoutCredentials } from "../../../app/without-credentials.ts";
import { PromotionError } from "../contract.ts";
import type { Connected, Ends, Examined, Finding } from "./contract.ts";
import { storeWorks } from "./objects.ts";
import { clocks, dials, disk, encoding, versions } from "./pair.ts";
import {
  connectionRoom,
  dialTls,
  keptLog,
  largeObjects,
  otherPromotion,
  publisherRoom,
  subscriberRoom,
  walLevel,
} from "./server.ts";
import {
  emptiness,
  extensions,
  migrations,
  ownership,
  replicaIdentity,
  replicationRights,
  unlogged,
} from "./tables.ts";

interface Asked {
  /** The promotion, whose own gate is no other one's. */
  readonly run: string;
  readonly source: Examined;
  /** Absent: it is not provisioned yet, and what needs it is asked then. */
  readonly target?: Examined | undefined;
}

type Check = (end: Connected, run: string) => Promise<Finding> | Finding;

/** Asked of each side, since the way back needs of the source what the way there needs of the target. */
const ofEach: readonly Check[] = [
  connectionRoom,
  ownership,
  otherPromotion,
  walLevel,
  publisherRoom,
  subscriberRoom,
  replicationRights,
  keptLog,
  dialTls,
  storeWorks,
];

/** Asked of the source alone: the target has what its migrations have made. */
const ofSource: readonly Check[] = [replicaIdentity, unlogged, largeObjects];

const ofBoth: readonly ((ends: Ends) => Promise<Finding>)[] = [
  versions,
  migrations,
  emptiness,
  extensions,
  encoding,
  clocks,
  disk,
  ({ source, target }) => dials(target, source),
  ({ source, target }) => dials(source, target),
];

/**
 * Everything that stands against a promotion, or against one of its paths, at once.
 *
 * @throws {PromotionError} when a database cannot be reached as its owner.
 */
export async function preflight({ run, source, target }: Asked): Promise<Finding[]> {
  return connecting(source, async (one) => {
    // One after the other: a connection answers one question at a time.
    const found: Finding[] = [];
    for (const check of [...ofEach, ...ofSource]) found.push(await check(one, run));
    if (target === undefined) return found;
    return connecting(target, async (other) => {
      for (const check of ofEach) found.push(await check(other, run));
      for (const check of ofBoth) found.push(await check({ run, source: one, target: other }));
      return found;
    });
  });
}

async function connecting<T>(end: Examined, work: (end: Connected) => Promise<T>): Promise<T> {
  return withClient(end.databaseUrl, (client) => work({ ...end, client })).catch((cause: Error) => {
    if (cause instanceof PromotionError) throw cause;
    throw new PromotionError(
      `The database of ${end.name} cannot be looked at: ${withoutCredentials(cause.message)}. Does it run, and is the address that of its owner?`,
      { cause },
    );
  });
}
