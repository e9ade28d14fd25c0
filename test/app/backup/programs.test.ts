import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { outputOf } from "../../../app/backup/programs.ts";
import { atEnd } from "../../support/at-end.ts";

/** https://www.postgresql.org/docs/17/libpq-ssl.html: libpq knows no `no-verify`, which is Node's. */
test.for([
  ["?sslmode=no-verify", "require"],
  ["?sslmode=verify-full", "verify-full"],
  ["", ""],
] as const)('of an address with "%s" PostgreSQL\'s programs are told "%s"', async ([query, told]) => {
  const directory = await mkdtemp(join(tmpdir(), "testfarm-programs-"));
  atEnd(() => rm(directory, { recursive: true }));
  const program = join(directory, "pg_dump");
  await writeFile(program, '#!/bin/sh\nprintf %s "$PGSSLMODE"\n');
  await chmod(program, 0o755);
  const url = `postgres://app:secret@127.0.0.1/testfarm${query}`;
  expect(await text(outputOf({ program: "pg_dump", options: [], url, directory }))).toBe(told);
});
