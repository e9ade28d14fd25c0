import { appendFile, readdir, readFile, rename, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { tenRows } from "../../../support/old-product.ts";
import { checkFile, directory, oldDatabase, screenshots } from "./old-files.ts";

/** What somebody else does between the beginning and the end of a copy. */
const whileCopied = vi.hoisted(() => vi.fn<() => Promise<void>>(() => Promise.resolve()));
vi.mock(import("node:fs/promises"), async (importOriginal) => {
  const original = await importOriginal();
  const copyFile: typeof original.copyFile = async (...args) => {
    await original.copyFile(...args);
    await whileCopied();
  };
  return { ...original, copyFile };
});

test("a database that was last written with a log is read, and its lock and log are not made", async () => {
  const file = join(directory, "wal");
  tenRows(file, screenshots).close();
  const bytes = await readFile(file);
  bytes.writeUInt16BE(0x0202, 18);
  await writeFile(file, bytes);
  expect((await checkFile(file)).outcome).toBe("checked");
  expect((await readdir(directory)).filter((name) => name.startsWith("wal"))).toEqual(["wal"]);
});

test.each([
  ["-wal", "its log has not been written into it", "PRAGMA wal_checkpoint(TRUNCATE)"],
  ["-journal", "a write was broken off", "SELECT count(*) FROM sqlite_schema"],
])("a database with a %s beside it is in use, by whatever link", async (ending, meaning, statement) => {
  const file = oldDatabase("");
  await writeFile(file + ending, "x");
  const link = `${file}.link`;
  await symlink(file, link);
  for (const name of [file, link]) {
    const refused = checkFile(name);
    await expect(refused).rejects.toThrow(meaning);
    await expect(refused).rejects.toThrow(`then run: sqlite3 ${file} "${statement}"`);
  }
});

test("a journal that SQLite has kept after its last write will do", async () => {
  const file = oldDatabase("PRAGMA journal_mode = PERSIST; UPDATE personas SET name = 'Guest'");
  const journal = await readFile(`${file}-journal`);
  expect([journal.length > 512, journal.subarray(0, 28).every((byte) => byte === 0)]).toEqual([true, true]);
  expect((await checkFile(file)).outcome).toBe("checked");
});

test.each([
  ["its content", (file: string) => appendFile(file, "x")],
  ["a log", (file: string) => writeFile(`${file}-wal`, "x")],
  ["a file in its place", (file: string) => rename(oldDatabase(""), file)],
])("a database that gets %s while it is copied is refused", async (_, change) => {
  const file = oldDatabase("");
  whileCopied.mockImplementationOnce(() => change(file));
  await expect(checkFile(file)).rejects.toThrow(
    `${file} was written while it was copied. Stop the old product, then run this again.`,
  );
});

test("what is no database, is damaged or is not there is refused", async () => {
  const text = join(directory, "text.db");
  await writeFile(text, "hello");
  await expect(checkFile(text)).rejects.toThrow(`${text} is no database of SQLite 3.`);
  await expect(checkFile(join(directory, "none.db"))).rejects.toThrow("There is no file");
  const damaged = oldDatabase("");
  const bytes = await readFile(damaged);
  bytes.fill(0xff, 4096 * 3, 4096 * 4);
  await writeFile(damaged, bytes);
  await expect(checkFile(damaged)).rejects.toThrow(/is damaged, as SQLite says: /);
});
