import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { copyDatabase, finishCopy } from "../../../../infra/promotion/copy/copy.ts";
import { describeWith } from "../../../support/services.ts";
import { contents, nastySource, query, structure } from "./nasty.ts";
import { postgres18 } from "./postgres-18.ts";

await describeWith(postgres18, "from PostgreSQL 17 to 18", (startServer) => {
  test("rows and sequences are equal, and the structure is as it was on the target", async () => {
    const [source, target, run] = [await nastySource(), await startServer(), randomUUID()];
    await query(target, structure);
    const fresh = await contents(target);
    await copyDatabase({ source, target, run });
    await finishCopy({ target, run });
    const [before, after] = [await contents(source), await contents(target)];
    expect(after.tables).toEqual(before.tables);
    expect(after.sequences).toEqual(before.sequences);
    expect(after.structure).toEqual(fresh.structure);
  });
});
