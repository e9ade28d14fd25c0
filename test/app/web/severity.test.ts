import { expect, test } from "vitest";
import { severities } from "../../../app/contract.ts";
import { severitiesWorstFirst, worst } from "../../../app/web/parts/severity.ts";

test("the page shows severities in the contract's order, worst first", () => {
  expect(severitiesWorstFirst).toEqual(severities.toReversed());
});

test("the worst of several findings is the one that is shown for them", () => {
  expect(worst(["minor", "critical", "moderate"])).toBe("critical");
  expect(worst([])).toBeUndefined();
});
