import { createHash } from "node:crypto";
import { Client } from "pg";
import { enableSchedule } from "../../../app/db/sqlite/enable.ts";
import { canonicalJson } from "../../../app/db/sqlite/json.ts";
import { makePasswords, writePassword } from "../../../app/db/sqlite/passwords.ts";
import { type Organization, organizationRow } from "../../../app/db/sqlite/rows.ts";
import { AccessError } from "../../contracts/access.ts";
import { reasonOf } from "../runner/reason.ts";
import { lively } from "../connection.ts";
import type { Found, Reading } from "./check.ts";
import { type Contents, differences, readContents, sumContents } from "./compare.ts";
import { passwordsFile } from "./first-passwords.ts";
import {
  beginLedger,
  endLedger,
  type Identity,
  inspectTarget,
  type Ledger,
  TargetRefused,
} from "./ledger.ts";
import { beginning } from "./parts.ts";
import { beginStage, type Screen } from "./progress.ts";
import { quoted } from "./structure.ts";
import type { Target } from "./target.ts";
import { CommitUnknown, inTransaction, writeParts, writeRows } from "./write.ts";

export interface TransferOptions {
  /** Name of the organization that is made. */
  readonly organization: string;
  /** Whether the target is looked at only. */
  readonly isDryRun: boolean;
  /** File for a first password of each user. Absent: none gets one. */
  readonly passwords?: string | undefined;
  readonly screen: Screen;
  /** Hears that the target is written to, now or by an earlier run: only then there is something to go on with. */
  readonly onBegun?: (() => void) | undefined;
}

export interface Transferred {
  readonly expected: Contents;
  /** What the target has otherwise, a line each. It is no installation yet then. */
  readonly differences: readonly string[];
  readonly isResumed: boolean;
}

/**
 * Writes what was checked, compares it, and makes an installation of it.
 *
 * @returns `undefined` where the target was looked at only.
 */
export async function transfer(
  reading: Reading,
  found: Found,
  target: Target,
  options: TransferOptions,
  signal: AbortSignal,
): Promise<Transferred | undefined> {
  const { databaseUrl: connectionString } = target;
  const client = new Client({ connectionString, ...lively });
  // What breaks the connection fails the query that waits for it.
  client.on("error", () => undefined);
  await connect(client);
  try {
    const identity: Identity = {
      file: reading.old.sha256,
      mapping: createHash("sha256").update(canonicalJson(reading.mapping)).digest("hex"),
      organization: options.organization,
    };
    const begun = await inspectTarget(client, identity);
    if (begun?.isDone) return await settle(begun, found, options);
    if (options.isDryRun) return undefined;
    const ledger = begun ?? (await begin(client, identity));
    options.onBegun?.();
    const stage = beginStage(options.screen, "Written", reading.total, rowsBefore(ledger, reading));
    await writeParts(client, target.objects, reading, ledger.position, stage, signal);
    stage.end();
    const expected = expectedOf(found, ledger);
    const different = await compare(client, expected, options.screen, signal);
    if (different.length === 0) await finish(client, reading, ledger, options, signal);
    return { expected, differences: different, isResumed: begun !== undefined };
  } finally {
    await client.end();
  }
}

async function connect(client: Client): Promise<void> {
  try {
    await client.connect();
  } catch (cause) {
    throw new AccessError(`The database does not answer: ${reasonOf(cause)}`, { cause });
  }
}

const begin = (client: Client, identity: Identity): Promise<Ledger> =>
  inTransaction(client, async () => {
    const ledger = await beginLedger(client, identity);
    await writeRows(client, [organizationRow(ledger.organization)]);
    return ledger;
  });

/** How many rows of the old database an earlier run has written. Rows of sessions count when their session does. */
function rowsBefore({ position }: Ledger, { old, parts, readers, total }: Reading): number {
  if (position.part >= parts.length) return total;
  const whole = parts.slice(0, position.part).map(({ name }) => readers[name].count);
  const { table } = readers[parts[position.part]!.name];
  const count = old.prepare(`SELECT count(*) AS count FROM ${quoted(table)} WHERE _rowid_ <= ?`);
  return whole.reduce((sum, each) => sum + each, Number(count(position.row)!["count"]));
}

async function compare(
  client: Client,
  expected: Contents,
  screen: Screen,
  signal: AbortSignal,
): Promise<string[]> {
  const rows = Object.values(expected).reduce((sum, each) => sum + each.rows, 0);
  const stage = beginStage(screen, "Compared", rows);
  const found = await readContents(client, stage, signal);
  stage.end();
  return differences(expected, found);
}

function expectedOf({ contents }: Found, { organization }: Ledger): Contents {
  const sums = sumContents();
  sums.add(organizationRow(organization));
  return { ...contents, organizations: sums.contents().organizations };
}

/**
 * Ends what only the database has ended: an earlier run was not told that its last commit was taken, and has kept the
 * passwords.
 *
 * @throws {TargetRefused} where nothing is left to do.
 */
async function settle(ledger: Ledger, found: Found, options: TransferOptions): Promise<Transferred> {
  const { organization } = ledger;
  const file = options.passwords === undefined ? undefined : passwordsFile(options.passwords, organization);
  if (options.isDryRun || file === undefined || !file.isKept())
    throw new TargetRefused(isDone(organization, options));
  await file.handOut();
  return { expected: expectedOf(found, ledger), differences: [], isResumed: true };
}

function isDone({ name, createdAt }: Organization, { passwords }: TransferOptions): string {
  const done = `The import of this very file into this database is done: its organization ${JSON.stringify(name)} was made at ${createdAt.toISOString()}.`;
  if (passwords === undefined) return done;
  return `${done} If nobody told the run that did it, its first passwords are in the file that it was given with .${createdAt.getTime()} behind its name.`;
}

/**
 * From here on it is an installation like any other. The passwords' file is first: a hash alone lets nobody in.
 *
 * @param signal ends it until all is sent to be committed.
 */
async function finish(
  client: Client,
  { readers }: Reading,
  { organization }: Ledger,
  { passwords: path, screen }: TransferOptions,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const file = path === undefined ? undefined : passwordsFile(path, organization);
  const passwords = file === undefined ? [] : await makePasswords(client);
  await file?.keep(passwords);
  try {
    await inTransaction(client, async () => {
      const stage = beginStage(screen, "First passwords", passwords.length);
      for (const password of passwords) {
        signal.throwIfAborted();
        await writePassword(client, password);
        stage.rows(1);
      }
      if (passwords.length > 0) stage.end();
      const now = new Date();
      for (const row of readers.schedules.after(beginning)) {
        signal.throwIfAborted();
        await enableSchedule(client, readers.schedules.read(row)!.values, now);
      }
      await endLedger(client);
    });
  } catch (error) {
    if (!(error instanceof CommitUnknown)) {
      await file?.remove();
      throw error;
    }
    const kept = file && ` The first passwords are kept in ${file.kept} until then: do not remove it.`;
    throw new CommitUnknown(
      `${error.message}. Only the database knows whether the import is done; the same command finds out.${kept ?? ""}`,
      { cause: error },
    );
  }
  await file?.handOut();
}
