import { expect, test } from "vitest";
import { toText } from "../../../../infra/promotion/drill/text.ts";

test("what a drill has found is told part by part, with the pause that a move would take", () => {
  const text = toText({
    from: "mvp",
    to: "scale",
    scratch: "scale-drill-1a2b3c",
    seconds: {
      provision: 512.4,
      objects: 3,
      copy: 4,
      objectsAgain: 0.2,
      verify: 1.5,
      smoke: 21,
      destroy: 80,
    },
    database: { bytes: 12_345_678, tables: 14, rows: 40_000 },
    objects: { number: 1_203, bytes: 98_700_000 },
    pause: 6,
  });
  expect(text).toBe(
    [
      "mvp -> scale, rehearsed: nothing differs, and nothing of it is left",
      "  make the stack          512.4 s  scale-drill-1a2b3c",
      "  copy the screenshots      3.0 s  1,203 screenshots, 98.7 MB",
      "  copy the database         4.0 s  12.3 MB, 40,000 rows of 14 tables, 10,000 a second",
      "  screenshots once more     0.2 s  those that have come since",
      "  compare both              1.5 s  40,000 rows, 1,203 screenshots",
      "  run a session            21.0 s",
      "  remove the stack         80.0 s",
      "",
      "OFFLINE nobody could write for some 6 s: while the database is copied, the screenshots once more, and both are compared.",
      "Before that mvp is served; sessions that run are handed over or end first, which takes as long as they take.",
      "",
    ].join("\n"),
  );
});
