/** Databases as the old single-process product is assumed to have made them: `app/db/sqlite/mapping.ts`. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import sqlite from "node-sqlite3-wasm";

type Value = number | bigint | string | Uint8Array | null;
type OldRow = Readonly<Record<string, Value>>;

const oldTables = `
CREATE TABLE migrations (name TEXT PRIMARY KEY, applied_at INTEGER NOT NULL);
CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT NOT NULL, name TEXT NOT NULL, role TEXT NOT NULL,
  email_verified INTEGER NOT NULL DEFAULT 0, password_hash TEXT, created_at INTEGER NOT NULL);
CREATE TABLE personas (id INTEGER PRIMARY KEY, name TEXT NOT NULL, description TEXT NOT NULL, device TEXT NOT NULL,
  created_at INTEGER NOT NULL);
CREATE TABLE objectives (id INTEGER PRIMARY KEY, text TEXT NOT NULL, created_at INTEGER NOT NULL);
CREATE TABLE schedules (id INTEGER PRIMARY KEY, persona_id INTEGER NOT NULL REFERENCES personas (id),
  objective_id INTEGER NOT NULL REFERENCES objectives (id), url TEXT NOT NULL, cron TEXT NOT NULL, timezone TEXT NOT NULL,
  enabled INTEGER NOT NULL, next_run_at INTEGER NOT NULL, created_at INTEGER NOT NULL);
CREATE TABLE sessions (id INTEGER PRIMARY KEY, persona_id INTEGER NOT NULL REFERENCES personas (id),
  objective_id INTEGER NOT NULL REFERENCES objectives (id), schedule_id INTEGER REFERENCES schedules (id),
  url TEXT NOT NULL, status TEXT NOT NULL, reason TEXT, created_at INTEGER NOT NULL, started_at INTEGER, ended_at INTEGER);
CREATE TABLE actions (id INTEGER PRIMARY KEY, session_id INTEGER REFERENCES sessions (id), step INTEGER NOT NULL,
  kind TEXT NOT NULL, params TEXT NOT NULL, description TEXT NOT NULL, reasoning TEXT, tokens INTEGER, url TEXT NOT NULL,
  title TEXT NOT NULL, duration_ms INTEGER NOT NULL, error TEXT, screenshot TEXT, screenshot_path TEXT,
  created_at INTEGER NOT NULL);
CREATE TABLE findings (id INTEGER PRIMARY KEY, session_id INTEGER REFERENCES sessions (id), step INTEGER NOT NULL,
  kind TEXT NOT NULL, severity TEXT NOT NULL, title TEXT NOT NULL, detail TEXT NOT NULL, url TEXT NOT NULL, evidence TEXT,
  created_at INTEGER NOT NULL);
CREATE VIEW newest AS SELECT * FROM sessions ORDER BY created_at DESC;
`;

/** 2025-06-01 12:00 in UTC. */
export const oldTime = Date.UTC(2025, 5, 1, 12);

/** One that every viewer shows, and different for each name. */
export const pngOf = (name: string): Buffer =>
  Buffer.concat([
    Buffer.from(
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
      "base64",
    ),
    Buffer.from(name),
  ]);

/** Fits, and is no fun: what COPY, JSON, terminals and encodings trip over. */
export const nasty =
  "tab\tline\nreturn\r back\\slash \\N \\. \"quotes\" ''' \u001b[31m 😀 é e\u0301 \u2028 \ufeff \u202e ${x} %s";

export interface OldProduct {
  insert(table: string, row: OldRow): void;
  run(statement: string): void;
  close(): void;
}

/** An empty database at a path. */
export function createOldProduct(file: string): OldProduct {
  const database = new sqlite.Database(file);
  // Nothing that a test does to it is refused.
  database.exec(`PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON; ${oldTables}`);
  const statements = new Map<string, ReturnType<typeof database.prepare>>();
  return {
    insert(table, row) {
      const columns = Object.keys(row);
      const text = `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`;
      if (!statements.has(text)) statements.set(text, database.prepare(text));
      statements.get(text)!.run(Object.values(row));
    },
    run: (statement) => database.exec(statement),
    close() {
      for (const statement of statements.values()) statement.finalize();
      database.close();
    },
  };
}

/** Ten rows that fit; a file of a screenshot lies under `screenshots`. Ids are not in order, and have gaps. */
export function tenRows(file: string, screenshots: string): OldProduct {
  const old = createOldProduct(file);
  const created_at = oldTime;
  const moments = { created_at, started_at: created_at + 1_000, ended_at: created_at + 60_000 };
  const task = { persona_id: 7, objective_id: 3, url: "https://shop.example/" };
  const action = {
    url: "https://shop.example/",
    title: nasty,
    duration_ms: 812,
    created_at: created_at + 2_000,
  };
  const path = "2025/06/second.png";
  mkdirSync(dirname(join(screenshots, path)), { recursive: true });
  writeFileSync(join(screenshots, path), pngOf("second"));
  old.insert("migrations", { name: "001_initial", applied_at: created_at });
  old.insert("users", {
    id: 5,
    email: "Ada@Example.com",
    name: "Ada",
    role: "owner",
    email_verified: 1,
    password_hash: "$2b$canary-hash",
    created_at,
  });
  old.insert("personas", { id: 7, name: "Visitor", description: nasty, device: "mobile", created_at });
  old.insert("objectives", { id: 3, text: "Find a mug and order it", created_at });
  old.insert("schedules", {
    id: 2,
    ...task,
    cron: "0 9 * * 1",
    timezone: "Europe/Madrid",
    enabled: 1,
    next_run_at: created_at,
    created_at,
  });
  old.insert("sessions", { id: 40, ...task, schedule_id: 2, status: "completed", reason: nasty, ...moments });
  old.insert("sessions", { id: 12, ...task, status: "pending", created_at: created_at + 5_000 });
  old.insert("actions", {
    id: 100,
    session_id: 40,
    step: 2,
    kind: "type",
    params: JSON.stringify({ selector: "#search", value: nasty }),
    description: 'Fill "Search"',
    reasoning: null,
    tokens: 1_200,
    error: "It did not take it.",
    screenshot_path: path,
    ...action,
    created_at: created_at + 3_000,
  });
  old.insert("actions", {
    id: 101,
    session_id: 40,
    step: 1,
    kind: "navigate",
    params: '{"url":"https://shop.example/"}',
    description: "Open the shop",
    reasoning: nasty,
    screenshot: pngOf("first").toString("base64"),
    ...action,
  });
  old.insert("actions", {
    id: 102,
    session_id: 40,
    step: 3,
    kind: "back",
    params: "{}",
    description: "Go back",
    ...action,
    created_at: created_at + 4_000,
  });
  old.insert("findings", {
    id: 1,
    session_id: 40,
    step: 1,
    kind: "missing_label",
    severity: "high",
    title: "The search field has no label",
    detail: nasty,
    url: "https://shop.example/",
    evidence: JSON.stringify({ selector: "#search", html: "<input>", status: 200 }),
    created_at: created_at + 2_500,
  });
  return old;
}

/** Of tables that stay small however many rows there are. */
const counts = { users: 100, personas: 20, objectives: 200, schedules: 10 } as const;

const times = (of: number) => ({ created_at: oldTime + of * 1_000 });
const each = (count: number, insert: (id: number) => void): void => {
  for (let id = 1; id <= count; id += 1) insert(id);
};

/** So many rows that fit, a tenth of them sessions; every hundredth action has a screenshot. */
export function manyRows(file: string, rows: number): void {
  const old = createOldProduct(file);
  old.run("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN");
  each(counts.users, (id) =>
    old.insert("users", {
      id,
      email: `user-${id}@example.com`,
      name: `User ${id}`,
      role: id === 1 ? "owner" : "user",
      email_verified: id % 2,
      ...times(id),
    }),
  );
  each(counts.personas, (id) =>
    old.insert("personas", {
      id,
      name: `Persona ${id}`,
      description: nasty,
      device: "desktop",
      ...times(id),
    }),
  );
  each(counts.objectives, (id) => old.insert("objectives", { id, text: `Find thing ${id}`, ...times(id) }));
  const task = (of: number) => ({
    persona_id: (of % counts.personas) + 1,
    objective_id: (of % counts.objectives) + 1,
    url: `https://shop.example/${of}`,
  });
  each(counts.schedules, (id) =>
    old.insert("schedules", {
      id,
      ...task(id),
      cron: "*/5 * * * *",
      timezone: "UTC",
      enabled: id % 2,
      next_run_at: oldTime,
      ...times(id),
    }),
  );
  const sessions = Math.floor(rows / 10);
  const statuses = ["completed", "failed", "cancelled", "running"];
  each(sessions, (id) => {
    const begun = oldTime + id * 1_000;
    const status = statuses[id % 4]!;
    old.insert("sessions", {
      id: id * 3,
      ...task(id),
      schedule_id: id % 10 === 0 ? (id % counts.schedules) + 1 : null,
      status,
      reason: id % 3 === 0 ? nasty : null,
      created_at: begun,
      started_at: begun + 1,
      ended_at: status === "running" ? null : begun + 60_000,
    });
  });
  const findings = Math.floor(rows / 20);
  const actions =
    rows - sessions - findings - Object.values(counts).reduce<number>((sum, count) => sum + count, 0);
  // Those of a session do not lie together, and come in no order of its steps.
  each(actions, (id) => {
    const step = Math.floor((actions - id) / sessions) + 1;
    old.insert("actions", {
      id,
      session_id: ((id % sessions) + 1) * 3,
      step,
      kind: "click",
      params: `{"ref":"e${id}"}`,
      description: `Click ${id} ${nasty}`,
      reasoning: id % 2 === 0 ? "Because it is there." : null,
      tokens: id % 5 === 0 ? id : null,
      url: `https://shop.example/${id}`,
      title: "Shop",
      duration_ms: id % 10_000,
      error: null,
      screenshot: id % 100 === 0 ? pngOf(`action ${id}`).toString("base64") : null,
      created_at: oldTime + id,
    });
  });
  each(findings, (id) =>
    old.insert("findings", {
      id,
      session_id: ((id % sessions) + 1) * 3,
      step: 1,
      kind: "usability",
      severity: "low",
      title: `Finding ${id}`,
      detail: nasty,
      url: "https://shop.example/",
      evidence: null,
      ...times(id),
    }),
  );
  old.run("COMMIT");
  old.close();
}
