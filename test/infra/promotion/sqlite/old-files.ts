/** Files of the old product, as a check is tried on them. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { importOldDatabase, type Report } from "../../../../infra/promotion/sqlite/import.ts";
import { mappingFrom } from "../../../../infra/promotion/sqlite/mapping.ts";
import { atEnd } from "../../../support/at-end.ts";
import { tenRows } from "../../../support/old-product.ts";

export const directory = await mkdtemp(join(tmpdir(), "testfarm-old-"));
atEnd(() => rm(directory, { recursive: true }));
export const screenshots = join(directory, "screenshots");
const silent = { write: () => true };
let files = 0;

/** A file of ten rows, with something done to it. */
export function oldDatabase(change: string): string {
  const file = join(directory, `${++files}.db`);
  const old = tenRows(file, screenshots);
  old.run(change);
  old.close();
  return file;
}

export const checkFile = (
  file: string,
  mapping = mappingFrom(undefined),
  pictures = screenshots,
): Promise<Report> =>
  importOldDatabase(
    { file, mapping, screenshots: pictures, organization: "Acme", isDryRun: true, screen: silent },
    new AbortController().signal,
  );
