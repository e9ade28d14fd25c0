import { describe, expect, test } from "vitest";
import { assumed } from "../../../../app/db/sqlite/mapping.ts";
import { MappingError, readMapping } from "../../../../app/db/sqlite/mapping-schema.ts";

interface Written {
  tables: Record<string, { becomes?: string; ignored?: string; columns?: Record<string, unknown> }>;
}

const title = "mine.json is not as a mapping must be:\n- ";

/** What is said first of the assumed mapping after a change. */
function refusedFor(change: (mapping: Written) => unknown): string | undefined {
  const written = structuredClone(assumed) as Written;
  change(written);
  try {
    readMapping(written, "mine.json");
    return undefined;
  } catch (error) {
    if (!(error instanceof MappingError && error.message.startsWith(title))) throw error;
    return error.message.slice(title.length).split("\n- ")[0];
  }
}
const users = (mapping: Written) => mapping.tables["users"]!.columns!;

test("what is assumed is a mapping", () => {
  expect(refusedFor(() => undefined)).toBeUndefined();
});

describe("a mapping is refused with the place", () => {
  test.each<[string, (mapping: Written) => unknown, string]>([
    ["an unknown name", (m) => Object.assign(m, { extra: 1 }), ': Unrecognized key: "extra"'],
    [
      "no tables",
      (m) => Object.assign(m, { tables: {} }),
      "tables: exactly one must become users, and it is none",
    ],
    [
      "two tables for one",
      (m) => (m.tables["people"] = m.tables["users"]!),
      "tables: exactly one must become users, and it is users, people",
    ],
    [
      "a table without a reason",
      (m) => (m.tables["migrations"] = { ignored: "" }),
      "tables.migrations.ignored: say why it is left behind",
    ],
    [
      "a conversion that there is not",
      (m) => (users(m)["name"] = { becomes: "name", as: "string" }),
      "tables.users.columns.name.as: must be one of id, text, email, integer, milliseconds, seconds, flag, choice, json, base64, blob, file",
    ],
    [
      "a field that there is not",
      (m) => (users(m)["nickname"] = { becomes: "nickname", as: "text" }),
      'tables.users.columns.nickname.becomes: users have no "nickname"; they have id, email, name, role, emailVerified, createdAt',
    ],
    [
      "a conversion to another type",
      (m) => (users(m)["created_at"] = { becomes: "createdAt", as: "text" }),
      "tables.users.columns.created_at.as: createdAt is a moment, which milliseconds or seconds reads, not text",
    ],
    [
      "a field that no column becomes",
      (m) => delete users(m)["email"],
      "tables.users.columns: none becomes email, which every row of users has",
    ],
    [
      "two columns for what rows are found by",
      (m) => (m.tables["sessions"]!.columns!["goal_id"] = { becomes: "objectiveId", as: "id" }),
      "tables.sessions.columns: objective_id, goal_id become objectiveId, which takes one column; say of the others why they are ignored, or make one of them in the old database",
    ],
    [
      "two columns for an e-mail address",
      (m) => (users(m)["login"] = { becomes: "email", as: "email" }),
      "tables.users.columns: email, login become email, which takes one column; say of the others why they are ignored, or make one of them in the old database",
    ],
    [
      "two columns for a step",
      (m) => (m.tables["findings"]!.columns!["at_step"] = { becomes: "step", as: "integer" }),
      "tables.findings.columns: step, at_step become step, which takes one column; say of the others why they are ignored, or make one of them in the old database",
    ],
    [
      "a choice without its choices",
      (m) => (users(m)["role"] = { becomes: "role", as: "choice" }),
      "tables.users.columns.role.choices: say what each old value is",
    ],
    [
      "a choice that leads nowhere",
      (m) => (users(m)["role"] = { becomes: "role", as: "choice", choices: { boss: "root" } }),
      'tables.users.columns.role.choices.boss: is "root"; must be one of owner, admin, member',
    ],
  ])("%s", (_, change, problem) => {
    expect(refusedFor(change)).toBe(problem);
  });
});
