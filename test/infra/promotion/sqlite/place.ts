/** Ten rows of the old product, and places that they are imported into. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { diskStorage } from "../../../../app/storage/disk.ts";
import {
  importOldDatabase,
  type ImportOptions,
  type Report,
} from "../../../../infra/promotion/sqlite/import.ts";
import { mappingFrom } from "../../../../infra/promotion/sqlite/mapping.ts";
import type { Target } from "../../../../infra/promotion/sqlite/target.ts";
import { atEnd } from "../../../support/at-end.ts";
import { tenRows } from "../../../support/old-product.ts";
import { migratedDatabase } from "../../../support/postgres.ts";

export const directory = await mkdtemp(join(tmpdir(), "testfarm-old-"));
atEnd(() => rm(directory, { recursive: true }));
export const screenshots = join(directory, "screenshots");
export const file = join(directory, "old.db");
tenRows(file, screenshots).close();

export interface Place {
  readonly url: string;
  readonly directory: string;
  readonly pictures: Target["objects"];
}

export async function emptyPlace(): Promise<Place> {
  const pictures = await mkdtemp(join(directory, "pictures-"));
  return { url: await migratedDatabase(), directory: pictures, pictures: diskStorage(pictures) };
}

export const into = (
  { url, pictures }: Omit<Place, "directory">,
  options: Partial<ImportOptions> = {},
  signal = new AbortController().signal,
): Promise<Report> =>
  importOldDatabase(
    {
      file,
      mapping: mappingFrom(undefined),
      screenshots,
      organization: "Acme",
      openTarget: () =>
        Promise.resolve({ databaseUrl: url, objects: pictures, close: () => Promise.resolve() }),
      isDryRun: false,
      screen: { write: () => true },
      ...options,
    },
    signal,
  );

export async function ask(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return (await client.query(statement).finally(() => client.end())).rows;
}
export const rowsOf = async (url: string, table: string) =>
  Number((await ask(url, `SELECT count(*) FROM ${table}`))[0]!["count"]);
