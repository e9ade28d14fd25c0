import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { withAuthority } from "../../../app/db/authority.ts";
import { hasOwnAuthority } from "../../../infra/contracts/database-authority.ts";

/** What the regular expressions of a table of hosts are, as they are written. */
const hostsIn = (file: string) =>
  [...readFileSync(file, "utf8").matchAll(/\/\\\..+?\$\//g)].map(([expression]) => expression);

test("hosts with an authority of their own are those whose roots the application brings along", () => {
  const known = hostsIn("app/db/authority.ts");
  expect(known.length).toBeGreaterThan(0);
  expect(hostsIn("infra/contracts/database-authority.ts")).toEqual(known);
});

test.each([
  ["db.abcdefghijklmnopqrst.supabase.co", true],
  ["farm.abc123.eu-west-1.rds.amazonaws.com", true],
  ["rds.amazonaws.com.example.com", false],
  ["db.example.com", false],
  ["10.20.0.5", false],
])("%s: %s, as the application takes it", (host, isOwn) => {
  const url = `postgres://app:word@${host}/farm`;
  expect(hasOwnAuthority(host)).toBe(isOwn);
  expect(withAuthority(url) !== url).toBe(isOwn);
});
