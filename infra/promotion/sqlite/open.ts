import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { copyFile, mkdtemp, open, realpath, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sqlite from "node-sqlite3-wasm";
import { inSmallLetters } from "../../../app/db/sqlite/conversions.ts";

/** The file cannot be imported as it is: why, and what to do, is for the operator to read. */
export class FileRefused extends Error {
  override readonly name = "FileRefused";
}

/** What SQLite says of a statement that it cannot carry out. */
export const { SQLite3Error } = sqlite;

export type Row = Readonly<Record<string, number | bigint | string | Uint8Array | null>>;
type Parameters = readonly (number | bigint | string)[];

/** The old database, which nobody writes to. Its SQL has `small_letters(text)`, whose letters are Unicode's. */
export interface OldDatabase {
  /** Of the file, in hexadecimal digits. */
  readonly sha256: string;
  all(statement: string): Row[];
  /** Row by row; ends the statement when whoever asks does. */
  iterate(statement: string, ...parameters: Parameters): Generator<Row, void>;
  /** A statement that is asked often for one row. */
  prepare(statement: string): (...parameters: Parameters) => Row | undefined;
  close(): Promise<void>;
}

const magic = "SQLite format 3\0";
/** Where the header says how it is written, and how it is read: 1 with a journal, 2 with a log (WAL). */
const versions = { offset: 18, journal: Buffer.from([1, 1]) };
/** Where it says how texts are written: https://www.sqlite.org/fileformat2.html#database_header */
const encoding = { offset: 56, utf8: 1 };
/** What is not in a file yet, and a statement by which SQLite's own command mends it. */
const leftovers = {
  "-wal": {
    meaning: "its log has not been written into it",
    statement: "PRAGMA wal_checkpoint(TRUNCATE)",
  },
  "-journal": { meaning: "a write was broken off", statement: "SELECT count(*) FROM sqlite_schema" },
} as const;
/**
 * Bytes of a journal's header. With `PRAGMA journal_mode = PERSIST` they become zeros at the end of each write, and the rest
 * means nothing: https://www.sqlite.org/pragma.html#pragma_journal_mode, https://www.sqlite.org/fileformat2.html#the_rollback_journal
 */
const journalHeader = 28;

/**
 * A private copy of the file. It has to be one: SQLite without shared memory opens none that was last written with a log
 * (WAL), which a header of two bytes says, and node-sqlite3-wasm keeps a directory beside the file as its lock, which stays
 * when the process is killed. The copy's name goes at once, so that a kill leaves nothing of its size.
 *
 * @param name of the file, or of a link to it. SQLite keeps its log beside the file itself.
 * @throws {FileRefused} when it is no database, somebody uses it, or it is damaged.
 */
export async function openOldDatabase(name: string): Promise<OldDatabase> {
  const file = await fileOf(name);
  await refuseInUse(file);
  const directory = await mkdtemp(join(tmpdir(), "testfarm-import-"));
  try {
    const copy = join(directory, "old.db");
    await copyUnchanged(file, copy);
    const sha256 = await hashOf(copy);
    await prepare(copy, file);
    const database = new sqlite.Database(copy, { readOnly: true, fileMustExist: true });
    const finalizers = new Set<() => void>();
    const statement = (source: string) => {
      const prepared = database.prepare(source);
      const finalize = () => {
        if (finalizers.delete(finalize)) prepared.finalize();
      };
      finalizers.add(finalize);
      return { prepared, finalize };
    };
    const close = async () => {
      for (const finalize of finalizers) finalize();
      database.close();
      await rm(directory, { recursive: true, force: true });
    };
    try {
      // Sorting needs a place, and its files would need a directory that this SQLite does not know.
      database.exec("PRAGMA temp_store = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN");
      database.function("small_letters", (text) => inSmallLetters(String(text)), { deterministic: true });
      const all = (source: string) => database.all(source) as Row[];
      checkIntegrity(all, file);
      await rm(copy);
      return {
        sha256,
        all,
        *iterate(source, ...parameters) {
          const { prepared, finalize } = statement(source);
          try {
            yield* prepared.iterate([...parameters]) as Generator<Row, void>;
          } finally {
            finalize();
          }
        },
        prepare(source) {
          const { prepared } = statement(source);
          return (...parameters) => (prepared.get([...parameters]) as Row | null) ?? undefined;
        },
        close,
      };
    } catch (error) {
      await close();
      throw error instanceof SQLite3Error ? damaged(file, error.message) : error;
    }
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

async function fileOf(name: string): Promise<string> {
  const file = await realpath(name).catch((cause: Error) => {
    throw new FileRefused(`There is no file ${name}. Name the old product's database.`, { cause });
  });
  if ((await stat(file)).isFile()) return file;
  throw new FileRefused(`${file} is no file. Name the old product's database.`);
}

async function refuseInUse(file: string): Promise<void> {
  for (const [ending, { meaning, statement }] of Object.entries(leftovers)) {
    if (await isNothing(file + ending, ending)) continue;
    throw new FileRefused(
      `${file}${ending} is not empty: the old product runs, or was killed, and ${meaning}. Stop it, then run: sqlite3 ${file} "${statement}"`,
    );
  }
}

/** Whether nothing beside a file is to be written into it. */
async function isNothing(beside: string, ending: string): Promise<boolean> {
  const handle = await open(beside).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
  if (handle === undefined) return true;
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(journalHeader), 0, journalHeader, 0);
    const isOver = ending === "-journal" && bytesRead === journalHeader && buffer.every((byte) => byte === 0);
    return bytesRead === 0 || isOver;
  } finally {
    await handle.close();
  }
}

async function copyUnchanged(file: string, copy: string): Promise<void> {
  const state = async () => {
    const { ino, size, mtimeNs } = await stat(file, { bigint: true });
    return [ino, size, mtimeNs].join();
  };
  const before = await state();
  await copyFile(file, copy, constants.COPYFILE_FICLONE);
  const isUnchanged = before === (await state());
  const cause = await refuseInUse(file).catch((error: unknown) => error);
  if (isUnchanged && cause === undefined) return;
  throw new FileRefused(
    `${file} was written while it was copied. Stop the old product, then run this again.`,
    { cause },
  );
}

/** By one buffer: a stream takes a new one each time, and a large file would leave many of them behind. */
async function hashOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  const buffer = Buffer.alloc(1024 * 1024);
  const handle = await open(file);
  try {
    for (;;) {
      const { bytesRead } = await handle.read(buffer);
      if (bytesRead === 0) return hash.digest("hex");
      hash.update(buffer.subarray(0, bytesRead));
    }
  } finally {
    await handle.close();
  }
}

async function prepare(copy: string, file: string): Promise<void> {
  const handle = await open(copy, "r+");
  try {
    const { buffer: header } = await handle.read(Buffer.alloc(100), 0, 100, 0);
    if (header.toString("latin1", 0, magic.length) !== magic)
      throw new FileRefused(`${file} is no database of SQLite 3. Name the old product's database.`);
    // 0 before the first table.
    if (header.readUInt32BE(encoding.offset) > encoding.utf8)
      throw new FileRefused(
        `${file} has its texts in UTF-16. Write it anew in UTF-8: (echo 'PRAGMA encoding = "UTF-8";'; sqlite3 ${file} .dump) | sqlite3 new.db`,
      );
    await handle.write(versions.journal, 0, versions.journal.length, versions.offset);
  } finally {
    await handle.close();
  }
}

function checkIntegrity(all: (statement: string) => Row[], file: string): void {
  const found = all("PRAGMA integrity_check(20)").map((row) => String(row["integrity_check"]));
  if (found.length !== 1 || found[0] !== "ok") throw damaged(file, found.join("; "));
}

const damaged = (file: string, found: string) =>
  new FileRefused(
    `${file} is damaged, as SQLite says: ${found}. Restore it from a backup, or mend it with: sqlite3 ${file} ".recover" | sqlite3 mended.db`,
  );
