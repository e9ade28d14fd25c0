import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { EnvError, readEnv } from "../../../app/env.ts";
import type { Role } from "../../../app/env.ts";

const database = "postgres://app:hunter2-hunter2@db.internal:5432/testfarm";
const api = { DATABASE_URL: database, STORAGE_DIR: "/var/lib/testfarm" };

function problems(role: Role, source: NodeJS.ProcessEnv): string {
  try {
    readEnv(role, source);
  } catch (error) {
    if (error instanceof EnvError) return error.message;
    throw error;
  }
  throw new Error("The environment was accepted.");
}

describe("what each role reads", () => {
  test("the embedded default needs no variable at all", () => {
    expect(Object.keys(readEnv("all", {}))).toEqual(["TESTFARM_HOME"]);
  });

  test("a variable that a tier exports as the empty string is absent", () => {
    expect(readEnv("api", { ...api, REDIS_URL: "", S3_BUCKET: "", PORT: "" }).PORT).toBeUndefined();
  });

  test("numbers and flags are parsed", () => {
    const { PORT, REDIS_CLUSTER } = readEnv("api", { ...api, PORT: "8080", REDIS_CLUSTER: "false" });
    expect({ PORT, REDIS_CLUSTER }).toEqual({ PORT: 8080, REDIS_CLUSTER: false });
  });

  test("a role gets nothing that it does not read", () => {
    const env = readEnv("api", {
      ...api,
      ANTHROPIC_API_KEY: "key",
      DATABASE_ADMIN_URL: database,
      PATH: "/bin",
    });
    expect(Object.keys(env).toSorted()).toEqual(["DATABASE_URL", "STORAGE_DIR", "TESTFARM_HOME"]);
  });

  test("what a role does not read cannot keep it from starting", () => {
    expect(() => readEnv("migrate", { DATABASE_ADMIN_URL: database, PORT: "none" })).not.toThrow();
  });
});

describe("what is wrong", () => {
  test("is listed all at once, with name, value, what is allowed and the fix", () => {
    expect(problems("worker", { WORKER_CONCURRENCY: "many", LOG_LEVEL: "loud" })).toBe(
      [
        "The environment is not as it must be:",
        '- WORKER_CONCURRENCY must be a whole number from 1 to 100; it is "many". Correct it or unset it.',
        '- LOG_LEVEL must be one of debug, info, warn, error, silent; it is "loud". Correct it or unset it.',
        "- DATABASE_URL is not set, and the role worker cannot run without it. Set it.",
        "- STORAGE_DIR is not set, and the role worker cannot run without it. Set it.",
      ].join("\n"),
    );
  });

  test.each([
    ["DATABASE_URL", "mysql://root:hunter2-hunter2@db/testfarm"],
    ["AUTH_SECRET", "hunter2"],
    ["DATABASE_DIRECT_URL", "hunter2-hunter2"],
  ])("never shows the value of %s", (name, value) => {
    const message = problems("api", { ...api, [name]: value });
    expect(message).toContain(`- ${name} must `);
    expect(message).toContain(`a value of ${value.length} characters`);
    expect(message).not.toContain("hunter2");
  });

  test.each([
    ["REDIS_URL", "redis://cache:6379"],
    ["S3_BUCKET", "screenshots"],
    ["BROWSER_URL", "http://browser:3003"],
    ["BROWSERBASE_API_KEY", "key"],
    ["TRELLO_API_KEY", "key"],
  ])("includes %s, which is in the contract and not built yet", (name, value) => {
    expect(problems("all", { [name]: value })).toMatch(`- ${name} is set, but not supported yet: `);
  });
});

describe("the installation's directory", () => {
  test("is the one that TESTFARM_HOME names, as an absolute path", () => {
    expect(readEnv("all", { TESTFARM_HOME: "data" }).TESTFARM_HOME).toBe(join(process.cwd(), "data"));
  });

  test("is by default the user's data directory, and for root one that PostgreSQL's account can enter", () => {
    const isRoot = userInfo().uid === 0;
    const expected = isRoot ? "/var/lib/testfarm" : join(homedir(), ".local", "share", "testfarm");
    expect(readEnv("all", {}).TESTFARM_HOME).toBe(expected);
    const moved = isRoot ? "/var/lib/testfarm" : join("/data", "testfarm");
    expect(readEnv("all", { XDG_DATA_HOME: "/data" }).TESTFARM_HOME).toBe(moved);
  });
});
