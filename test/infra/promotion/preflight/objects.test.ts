import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { diskStorage } from "../../../../app/storage/disk.ts";
import { storeOf } from "../../../../infra/promotion/objects/store.ts";
import { storeWorks } from "../../../../infra/promotion/preflight/objects.ts";
import { atEnd } from "../../../support/at-end.ts";
import { ok, store } from "./ends.ts";

describe("a store of screenshots", () => {
  test("works, and nothing is left in it", async () => {
    const objects = await store();
    expect(await storeWorks({ name: "mvp", objects })).toMatchObject(ok);
    const left: unknown[] = [];
    for await (const object of objects.list()) left.push(object);
    expect(left).toEqual([]);
  });

  test("that takes nothing blocks, by what it does not do", async () => {
    const directory = await mkdtemp(join(tmpdir(), "testfarm-preflight-"));
    atEnd(() => rm(directory, { recursive: true }));
    await writeFile(join(directory, "file"), "");
    const objects = storeOf(diskStorage(join(directory, "file")));
    expect(await storeWorks({ name: "mvp", objects })).toMatchObject({
      level: "blocks",
      found: expect.stringMatching(/^put: .*ENOTDIR/),
    });
  });

  test.for(["get", "remove", "list"] as const)("that does not %s blocks", async (what) => {
    const working = await store();
    const refusing = {
      get: () => Promise.reject(new Error("denied")),
      remove: () => Promise.resolve(),
      list: () => {
        throw new Error("denied");
      },
    };
    const objects = { ...working, [what]: refusing[what] };
    expect(await storeWorks({ name: "mvp", objects })).toMatchObject({
      level: "blocks",
      found: expect.stringContaining(`${what}: `),
    });
  });
});
