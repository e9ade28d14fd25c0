import { expect } from "vitest";
import { toText } from "../../../../infra/promotion/verify/text.ts";
import { verify } from "../../../../infra/promotion/verify/verify.ts";
import { query, startSides, type TestEnd } from "./sides.ts";

export let source: TestEnd;
export let target: TestEnd;

/** Before all tests of a file. */
export async function prepare(): Promise<void> {
  ({ source, target } = await startSides());
}

export const compare = async (objects: "all" | "sizes" = "all") =>
  toText(await verify({ source, target, jobs: 2, objects })).split("\n");

/** What is said once something is changed on the target, and that nothing is once it is mended. */
export async function changed(change: string, mend: string): Promise<string[]> {
  await query(target.databaseUrl, ...change.split(";"));
  const said = await compare();
  await query(target.databaseUrl, ...mend.split(";"));
  expect(await compare()).toEqual([""]);
  return said;
}
