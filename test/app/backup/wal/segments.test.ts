import { assert, nat, property } from "fast-check";
import { expect, test } from "vitest";
import {
  beginOfRun,
  isSegment,
  positionAt,
  positionOf,
  segmentAt,
} from "../../../../app/backup/wal/segments.ts";

test("a segment's name, a location in it and its position are of each other", () => {
  expect(positionOf("000000010000000A000000FF")).toBe(0x0a_ff);
  expect(positionAt("A/FF000028")).toBe(0x0a_ff);
  expect(positionAt("A/FFFFFFFF")).toBe(0x0a_ff);
  expect(segmentAt(0x0a_ff)).toBe("000000010000000A000000FF");
  expect(segmentAt(0x0b_00, "00000002")).toBe("000000020000000B00000000");
  assert(
    property(nat(2 ** 31), (position) => {
      expect(isSegment(segmentAt(position))).toBe(true);
      expect(positionOf(segmentAt(position))).toBe(position);
    }),
  );
});

test.each(["000000010000000A000000FF.partial", "00000002.history", "000000010000000A00000100", ""])(
  "%j is no segment",
  (name) => expect(isSegment(name)).toBe(false),
);

test.each([
  [[5, 6, 7], 8, 5],
  [[1, 2, 5, 6, 7], 8, 5],
  [[1, 2, 5], 8, 8],
  [[], 8, 8],
  [[5, 6, 7, 8, 9], 8, 5],
])("of %j those that lead to %i begin at %i", (positions, next, begin) => {
  expect(beginOfRun(positions, next)).toBe(begin);
});
