import { withClient } from "../../../app/backup/connection.ts";
import { copyDatabase, finishCopy } from "../copy/copy.ts";
import { type Progress, PromotionError, type Side } from "../contract.ts";
import { close, passGate } from "../gate.ts";
import type { ObjectStore } from "../objects/contract.ts";
import { copyObjects } from "../objects/copy.ts";
import { inventory } from "../objects/ends.ts";
import { movedTables } from "../tables.ts";
import { absent, type Difference } from "../verify/contract.ts";
import { toText } from "../verify/text.ts";
import { keepMoment } from "../verify/moment.ts";
import { verify } from "../verify/verify.ts";
import { timed } from "./timed.ts";

interface Moving {
  /** Others write to it, and it is only read. */
  readonly source: Side;
  /** A scratch installation. It takes no writes afterwards. */
  readonly target: Side;
  /** A UUID, by which the target lets this pass. */
  readonly run: string;
  /** Connections to each side. Default: 4. */
  readonly jobs?: number;
  readonly signal: AbortSignal;
  readonly report?: ((progress: Progress) => void) | undefined;
  readonly note: (text: string) => void;
}

/** What was moved, and how many seconds each part took. */
export interface Moved {
  readonly seconds: {
    /** While the source would be served. */
    readonly objects: number;
    /** These while nobody could write. */
    readonly copy: number;
    readonly objectsAgain: number;
    readonly verify: number;
  };
  /** Bytes with all indexes, as they are on the source. */
  readonly database: { readonly bytes: number; readonly tables: number; readonly rows: number };
  readonly objects: { readonly number: number; readonly bytes: number };
}

/**
 * Moves a source as it is in one moment, as a promotion OFFLINE does, while others write to it: rows, sequences and
 * screenshots are copied and compared with that moment.
 *
 * @throws {PromotionError} when the copy is not as the source was, with all that differs.
 */
export async function move(moving: Moving): Promise<Moved> {
  const { source, target, run, jobs = 4, signal, report, note } = moving;
  const limits = { source, target, signal, ...(report && { report }) };
  await empty(target, run);
  note("copying the screenshots");
  const first = await timed(() => copyObjects(limits));
  const moment = await keepMoment(source.databaseUrl);
  try {
    // A row comes after the screenshot that it names: of this moment's rows none is missing.
    const then = await inventory(source, signal);
    note("copying the database");
    const copied = await timed(() =>
      copyDatabase({
        source: source.databaseUrl,
        target: target.databaseUrl,
        snapshot: moment.snapshot,
        run,
        jobs,
        signal,
        ...(report && { report }),
      }),
    );
    const again = await timed(() => copyObjects(limits));
    note("comparing both sides");
    const compared = await timed(() => compare(moving, moment, then));
    if (compared.found.length > 0)
      throw new PromotionError(
        [`${target.name} is not as ${source.name} was:`, toText(compared.found)].join("\n"),
      );
    await finishCopy({ target: target.databaseUrl, run, signal });
    return {
      seconds: {
        objects: first.seconds,
        copy: copied.seconds,
        objectsAgain: again.seconds,
        verify: compared.seconds,
      },
      database: {
        bytes: await bytesOf(source),
        tables: copied.found.tables,
        rows: copied.found.rows,
      },
      objects: { number: then.size, bytes: [...then.values()].reduce((sum, each) => sum + each, 0) },
    };
  } finally {
    await moment.release();
  }
}

/** Nobody else writes to it from here on. */
const empty = ({ databaseUrl }: Side, run: string): Promise<void> =>
  withClient(databaseUrl, async (client) => {
    await close(client, { run, answer: "refuse", windowMs: Infinity });
    await passGate(client, run);
    const tables = await movedTables(client);
    await client.query(`TRUNCATE ${tables.map(({ quoted }) => quoted).join(", ")} RESTART IDENTITY`);
  });

/** @param then sizes of the screenshots by key. */
async function compare(
  { source, target, jobs, signal, report }: Moving,
  moment: Parameters<typeof verify>[0]["moment"],
  then: ReadonlyMap<string, number>,
): Promise<Difference[]> {
  const now = await inventory(source, signal);
  const kept = new Set([...then.keys()].filter((key) => now.has(key)));
  const differences = await verify({
    source: { ...source, objects: only(source.objects, kept) },
    target: { ...target, objects: only(target.objects, kept) },
    moment,
    objects: "all",
    signal,
    report,
    ...(jobs !== undefined && { jobs }),
  });
  // What is deleted while it is compared is on the target still.
  return differences.filter(({ kind, source: { value } }) => kind !== "object" || value !== absent);
}

/** What has come since, or has gone, is no part of the moment. */
const only = (store: ObjectStore, keys: ReadonlySet<string>): ObjectStore => ({
  ...store,
  async *list(prefix) {
    for await (const object of store.list(prefix)) if (keys.has(object.key)) yield object;
  },
});

const bytesOf = ({ databaseUrl }: Side): Promise<number> =>
  withClient(databaseUrl, async (client) =>
    (await movedTables(client)).reduce((sum, { bytes }) => sum + bytes, 0),
  );
