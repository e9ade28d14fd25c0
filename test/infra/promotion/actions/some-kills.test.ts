import { expect, test } from "vitest";
import type { Path } from "../../../../infra/promotion/contract.ts";
import { describeWith } from "../../../support/services.ts";
import { openGround, surroundingServices } from "./ground.ts";
import { play } from "./kills.ts";

await describeWith(surroundingServices, "runners that are killed anywhere", ({ startS3, redis }) => {
  test.each<[Path, number]>([
    ["ONLINE", 3],
    ["OFFLINE", 2],
  ])(
    "%s: each promotion comes to its end, there and back, and nothing is lost",
    { timeout: 600_000 },
    async (path, rounds) => {
      const [source, target] = [await startS3(), await startS3()];
      const ground = await openGround({
        source: await source.createBucket(),
        target: await target.createBucket(),
      });
      expect(await play(ground, path, { redis, most: rounds })).toEqual([]);
    },
  );
});
