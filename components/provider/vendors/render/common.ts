/** What the kinds of Render have in common. */
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { fixed, get, search, type Search } from "../../vendor/kind.ts";

const regions = ["frankfurt", "oregon", "ohio", "singapore", "virginia"] as const;
export type Region = (typeof regions)[number];

export const name = fixed(z.string().min(1)).describe("Its name in the workspace. A change replaces it.");
export const ownerId = fixed(
  z
    .string()
    .regex(
      /^(tea|usr)-/,
      "must be the id of a workspace, tea-...: see Settings at https://dashboard.render.com",
    ),
).describe("The workspace it belongs to. A change replaces it.");
export const region = fixed(z.enum(regions, { error: `must be one of ${regions.join(", ")}` })).describe(
  "Where it is; the private network spans one region. A change replaces it.",
);
export const ipAllowList = z
  .array(
    z
      .string()
      .regex(
        /^[\da-f.:]+\/\d{1,3}$/i,
        "must be a block of addresses such as 203.0.113.7/32; 0.0.0.0/0 is everywhere",
      ),
  )
  .default([])
  .describe(
    "Blocks of addresses that may connect from outside Render's private network. Default: none, so that it is reached by services of its region alone.",
  );

/** Of an answer; `null` is an empty list. */
export interface AllowedBlock {
  readonly cidrBlock: string;
  readonly description: string;
}
export const blocksOf = (list: readonly string[]): readonly AllowedBlock[] =>
  list.map((cidrBlock) => ({ cidrBlock, description: "testfarm" }));
export const listOf = (blocks: readonly AllowedBlock[] | null): string[] =>
  (blocks ?? []).map(({ cidrBlock }) => cidrBlock);

/** Where one of that name is looked for in the workspace; each of a page has a cursor beside what is named here. */
export const byName = <What extends string>(
  path: string,
  what: What,
  given: { readonly name: string; readonly ownerId: string },
): Search =>
  search(
    get<readonly Readonly<Record<What, { readonly id: string; readonly name: string }>>[]>(path, {
      name: given.name,
      ownerId: given.ownerId,
      limit: "100",
    }),
    (page) => page.map((each) => each[what]).find((each) => each.name === given.name)?.id,
  );

/** The fields of `now` that differ from those `before`. */
export const differing = (now: object, before: object): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(now).filter(
      ([field, value]) => !isDeepStrictEqual(value, (before as Readonly<Record<string, unknown>>)[field]),
    ),
  );

export const isEmpty = (object: object): boolean => Object.keys(object).length === 0;

export type DatabaseStatus =
  | "creating"
  | "available"
  | "unavailable"
  | "config_restart"
  | "suspended"
  | "maintenance_scheduled"
  | "maintenance_in_progress"
  | "recovery_failed"
  | "recovery_in_progress"
  | "unknown"
  | "updating_instance";

/** Of a database or a key-value store: maintenance that is only scheduled changes nothing yet. */
export function progressOf(status: DatabaseStatus, id: string) {
  const page = "see https://dashboard.render.com/";
  if (status === "suspended" || status === "recovery_failed")
    return { failed: `${id} is ${status.replace("_", " ")}; ${page}` };
  return status === "available" || status === "maintenance_scheduled" ? "ready" : { pending: status };
}
