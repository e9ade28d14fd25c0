import { randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { z } from "zod";

const schema = z.object({
  databasePassword: z.string().min(16),
  /** Sessions name the demo site's address, so it stays the same wherever it can. */
  demoSitePort: z.number().int(),
});
type Settings = z.output<typeof schema>;

const defaults = (): Settings => ({
  databasePassword: randomBytes(24).toString("base64url"),
  demoSitePort: 3002,
});

/** What an installation keeps from one start to the next, beside its database and screenshots. */
export interface Installation {
  readonly settings: Settings;
  save(change: Partial<Settings>): Promise<void>;
}

/** @throws when the file is there and not as this application writes it. */
export async function openInstallation(home: string): Promise<Installation> {
  const path = join(home, "installation.json");
  const { settings, isNew } = await read(path);
  const save = async (change: Partial<Settings>) => {
    await writeFile(`${path}.new`, `${JSON.stringify({ ...settings, ...change }, null, 2)}\n`, {
      mode: 0o600,
    });
    await rename(`${path}.new`, path);
  };
  if (isNew) await save({});
  return { settings, save };
}

/** The directory itself. As root, another account runs PostgreSQL and has to get through it. */
export async function createHome(home: string): Promise<void> {
  await mkdir(home, { recursive: true, mode: 0o700 });
  if (userInfo().uid === 0) await chmod(home, 0o711);
}

async function read(path: string): Promise<{ settings: Settings; isNew: boolean }> {
  try {
    return { settings: schema.parse(JSON.parse(await readFile(path, "utf8"))), isNew: false };
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return { settings: defaults(), isNew: true };
    throw new Error(
      `${path} is not as TestFarm writes it. It holds the password of the database beside it: restore it, or move the directory away to begin anew.`,
      { cause },
    );
  }
}
