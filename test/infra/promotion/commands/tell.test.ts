import { expect, test } from "vitest";
import { telling } from "../../../../infra/promotion/commands/tell.ts";

function told(...events: readonly Parameters<ReturnType<typeof telling>>[0][]): string {
  let [text, now] = ["", 0];
  const tell = telling({ write: (more: string) => (text += more) }, () => (now += 20_000));
  for (const event of events) tell(event);
  return text;
}

const progress = (done: number) => ({
  kind: "progress" as const,
  progress: { what: "rows", done, of: 40_000 },
});

test("what a role says in several lines is told of its action, each line of it", () => {
  expect(told({ kind: "note", text: "one\ntwo" })).toBe("    one\n    two\n");
});

test("how far something is is told with its rate and the time that is left", () => {
  expect(told(progress(0), progress(20_000))).toMatch(
    /^ {4}rows: 0 of 40,000\n {4}rows: 20,000 of 40,000, [\d,]+ a second, \d+ s left\n$/,
  );
});
