import { chown, readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { userInfo } from "node:os";

/** Whom a program runs as. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root. The first of these that the machine has runs it then; no account is made. */
const standIns = ["postgres", "nobody"];

/** The account that PostgreSQL's files under `directory` belong to; `undefined`: whoever started us. */
export async function accountFor(directory: string): Promise<Account | undefined> {
  if (userInfo().uid !== 0) return undefined;
  const { uid, gid } = await stat(directory);
  if (uid !== 0) return { uid, gid };
  const lines = (await readFile("/etc/passwd", "utf8")).split("\n").map((line) => line.split(":"));
  for (const name of standIns) {
    const line = lines.find((fields) => fields[0] === name);
    if (line) return { uid: Number(line[2]), gid: Number(line[3]) };
  }
  throw new Error(
    `PostgreSQL refuses to run as root, and this machine has no account ${standIns.join(" or ")} to run it as. Start TestFarm as another user, or set DATABASE_URL.`,
  );
}

/** @returns the first directory on the way to `path` that the account may not enter. */
export async function findBarrier(path: string, { uid, gid }: Account): Promise<string | undefined> {
  if (dirname(path) !== path) {
    const above = await findBarrier(dirname(path), { uid, gid });
    if (above !== undefined) return above;
  }
  const { mode, uid: owner, gid: group } = await stat(path);
  const execute = owner === uid ? 0o100 : group === gid ? 0o010 : 0o001;
  return (mode & execute) === 0 ? path : undefined;
}

export async function giveTo(account: Account | undefined, path: string): Promise<void> {
  if (account) await chown(path, account.uid, account.gid);
}
