import { existsSync } from "node:fs";
import { rename, rm, writeFile } from "node:fs/promises";
import type { FirstPassword } from "../../../app/db/sqlite/passwords.ts";
import type { Organization } from "../../../app/db/sqlite/rows.ts";

/**
 * The file that gets a first password of each user. Until it is certain that the database has taken them it has another
 * name, by which the same import finds it again: a hash alone lets nobody in.
 */
export function passwordsFile(file: string, { createdAt }: Pick<Organization, "createdAt">) {
  const kept = `${file}.${createdAt.getTime()}`;
  return {
    kept,
    isKept: () => existsSync(kept),
    /** In place of those of a run that has not got as far as that the database took them. */
    async keep(passwords: readonly FirstPassword[]): Promise<void> {
      await rm(kept, { force: true });
      const lines = passwords.map(({ email, password }) => `${email} ${password}\n`);
      await writeFile(kept, lines.join(""), { mode: 0o600, flag: "wx" });
    },
    /** They are nobody's. */
    remove: () => rm(kept),
    /** They are the users'. */
    handOut: () => rename(kept, file),
  };
}
