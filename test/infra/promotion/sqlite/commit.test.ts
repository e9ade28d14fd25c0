/** What becomes of the first passwords where the import's last transaction ends in another way than by an answer. */
import { verifyPassword } from "better-auth/crypto";
import { mkdtemp, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cutAtLastCommit } from "./cut.ts";
import { ask, directory, emptyPlace, into, type Place, rowsOf } from "./place.ts";

/** An empty directory, and a name in it for the passwords. */
async function passwordsIn() {
  const own = await mkdtemp(join(directory, "passwords-"));
  return { own, passwords: join(own, "passwords.txt") };
}

/** Whether the file lets in who is to be let in. */
async function letsIn({ url }: Place, file: string): Promise<boolean> {
  const [line = ""] = (await readFile(file, "utf8")).split("\n");
  const [account] = await ask(url, "SELECT password FROM accounts");
  const password = line.split(" ")[1] ?? "";
  return account !== undefined && verifyPassword({ hash: String(account["password"]), password });
}

test.each([
  ["has taken it and whose answer is lost", "answer", 1],
  ["never gets it", "request", 0],
] as const)(
  "of a commit that a server %s nobody knows what has become: the passwords are kept, and the same command tells",
  async (_, lost, accounts) => {
    const place = await emptyPlace();
    const { own, passwords } = await passwordsIn();
    const url = await cutAtLastCommit(place.url, lost);
    const failed = await into({ ...place, url }, { passwords }).catch((error: Error) => error);
    const [kept, ...others] = await readdir(own);
    expect(kept).toMatch(/^passwords\.txt\.\d+$/);
    expect(others).toEqual([]);
    expect((failed as Error).message).toContain(
      `whether the import is done; the same command finds out. The first passwords are kept in ${join(own, kept!)}`,
    );
    expect(await rowsOf(place.url, "accounts")).toBe(accounts);
    const report = await into(place, { passwords });
    expect(report).toMatchObject({ outcome: "imported", isResumed: true, differences: [] });
    expect(await readdir(own)).toEqual(["passwords.txt"]);
    expect(await letsIn(place, passwords)).toBe(true);
    expect(report.tables["organizations"]).toMatchObject({ rows: 1 });
  },
);

test("of a commit that the server refuses nothing is left, and the same command goes on", async () => {
  const place = await emptyPlace();
  const { own, passwords } = await passwordsIn();
  await ask(
    place.url,
    `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not today'; END $$;
     CREATE CONSTRAINT TRIGGER refusing AFTER INSERT ON accounts DEFERRABLE INITIALLY DEFERRED
     FOR EACH ROW EXECUTE FUNCTION refuse()`,
  );
  await expect(into(place, { passwords })).rejects.toThrow("not today");
  expect(await readdir(own)).toEqual([]);
  await ask(place.url, "DROP TRIGGER refusing ON accounts");
  expect(await into(place, { passwords })).toMatchObject({ outcome: "imported", isResumed: true });
  expect(await letsIn(place, passwords)).toBe(true);
});

test("of a connection that is lost before the commit no password is left", async () => {
  const place = await emptyPlace();
  const { own, passwords } = await passwordsIn();
  const url = await cutAtLastCommit(place.url, "statement");
  await expect(into({ ...place, url }, { passwords })).rejects.toThrow(/terminated|ECONNRESET/);
  expect(await readdir(own)).toEqual([]);
  expect(await into(place, { passwords })).toMatchObject({ outcome: "imported", isResumed: true });
});

test("passwords of another import are neither taken nor overwritten", async () => {
  const [one, other] = [await emptyPlace(), await emptyPlace()];
  const { own, passwords } = await passwordsIn();
  const url = await cutAtLastCommit(one.url, "answer");
  await expect(into({ ...one, url }, { passwords })).rejects.toThrow("has not answered a commit");
  const [kept] = await readdir(own);
  expect((await into(other, { passwords })).outcome).toBe("imported");
  expect(await letsIn(other, passwords)).toBe(true);
  expect(await letsIn(one, join(own, kept!))).toBe(true);
});
