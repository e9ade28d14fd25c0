import { withClient } from "../../../app/backup/connection.ts";
import { copyDatabase, finishCopy } from "../copy/copy.ts";
import { type Progress, PromotionError, type Side } from "../contract.ts";
import { close, passGate } from "../gate.ts";
import { copyObjects } from "../objects/copy.ts";
import { type KeptListing, keepListing } from "../objects/listing.ts";
import { movedTables } from "../tables.ts";
import type { Moment } from "../verify/contract.ts";
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
  const { source, target, run, signal, report, note } = moving;
  await empty(target, run);
  note("copying the screenshots");
  const first = await timed(() => copyObjects({ source, target, signal, report }));
  const moment = await keepMoment(source.databaseUrl);
  try {
    // A row comes after the screenshot that it names: of this moment's rows none is missing.
    const objects = await keepListing(source, signal);
    const moved = await moveMoment(moving, { ...moment, objects }).finally(objects.release);
    return { ...moved, seconds: { objects: first.seconds, ...moved.seconds } };
  } finally {
    await moment.release();
  }
}

/** Most screenshots are there by now. */
async function moveMoment(
  { source, target, run, jobs = 4, signal, report, note }: Moving,
  moment: Moment & { readonly objects: KeptListing },
) {
  const limits = { source, target, signal, report };
  note("copying the database");
  const copied = await timed(() =>
    copyDatabase({
      source: source.databaseUrl,
      target: target.databaseUrl,
      snapshot: moment.snapshot,
      run,
      jobs,
      signal,
      report,
    }),
  );
  const again = await timed(() => copyObjects(limits));
  note("comparing both sides");
  const compared = await timed(() => verify({ ...limits, moment, objects: "all", jobs }));
  if (compared.found.length > 0)
    throw new PromotionError(
      [`${target.name} is not as ${source.name} was:`, toText(compared.found)].join("\n"),
    );
  await finishCopy({ target: target.databaseUrl, run, signal });
  return {
    seconds: { copy: copied.seconds, objectsAgain: again.seconds, verify: compared.seconds },
    database: {
      bytes: await bytesOf(source),
      tables: copied.found.tables,
      rows: copied.found.rows,
    },
    objects: { number: moment.objects.objects, bytes: moment.objects.bytes },
  };
}

/** Nobody else writes to it from here on. */
const empty = ({ databaseUrl }: Side, run: string): Promise<void> =>
  withClient(databaseUrl, async (client) => {
    await close(client, { run, answer: "refuse", windowMs: Infinity });
    await passGate(client, run);
    const tables = await movedTables(client);
    await client.query(`TRUNCATE ${tables.map(({ quoted }) => quoted).join(", ")} RESTART IDENTITY`);
  });

const bytesOf = ({ databaseUrl }: Side): Promise<number> =>
  withClient(databaseUrl, async (client) =>
    (await movedTables(client)).reduce((sum, { bytes }) => sum + bytes, 0),
  );
