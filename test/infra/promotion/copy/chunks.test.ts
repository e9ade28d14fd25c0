import { expect, test } from "vitest";
import { planChunks } from "../../../../infra/promotion/copy/chunks.ts";

const megabyte = 1024 * 1024;
const table = (quoted: string, blocks: number, bytes: number) => ({ quoted, blocks, bytes });

test("cuts tables into parts without a gap, the last one without an end, and begins with the largest table", () => {
  const tables = [table("empty", 0, 8_192), table("big", 10_000, 100 * megabyte), table("small", 1, 8_192)];
  const parts = planChunks(tables, 32 * megabyte);
  expect(parts).toEqual([
    { table: "big", fromBlock: 0, toBlock: 3_200 },
    { table: "big", fromBlock: 3_200, toBlock: 6_400 },
    { table: "big", fromBlock: 6_400, toBlock: 9_600 },
    { table: "big", fromBlock: 9_600, toBlock: null },
    { table: "empty", fromBlock: 0, toBlock: null },
    { table: "small", fromBlock: 0, toBlock: null },
  ]);
});

test("takes few blocks at once whose rows are stored elsewhere", () => {
  const parts = planChunks([table("toasted", 3, 3_000 * megabyte)], 32 * megabyte);
  expect(parts.map(({ fromBlock, toBlock }) => [fromBlock, toBlock])).toEqual([
    [0, 1],
    [1, 2],
    [2, null],
  ]);
});
