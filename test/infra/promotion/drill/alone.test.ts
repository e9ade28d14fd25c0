import { expect, test } from "vitest";
import { withLock } from "../../../../app/backup/connection.ts";
import type { Side } from "../../../../infra/promotion/contract.ts";
import { drill, lock } from "../../../../infra/promotion/drill/drill.ts";
import { emptyDatabase } from "../../../support/postgres.ts";

test("of two drills of one source the second makes nothing, and removes nothing of the first", async () => {
  const databaseUrl = await emptyDatabase();
  const source = { name: "mvp", databaseUrl } as Side;
  // Whoever looks for what is left, or for a stack's file, fails with it.
  const nowhere = { directory: "/nowhere", name: "testfarm", main: "" };
  const quiet = { signal: new AbortController().signal, note: () => undefined, say: () => undefined };
  await withLock(databaseUrl, lock, async () => {
    await expect(drill(nowhere, source, "mvp", quiet)).rejects.toThrow(
      "Another drill of mvp is under way. Wait until it has ended.",
    );
  });
  await expect(drill(nowhere, source, "mvp", quiet)).rejects.toThrow("ENOENT");
});
