import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { EnvError, readEnv } from "../../../app/env.ts";
import type { Role } from "../../../app/env.ts";

const database = "postgres://app:hunter2-hunter2@db.internal:5432/testfarm";
const api = {
  DATABASE_URL: database,
  STORAGE_DIR: "/var/lib/testfarm",
  AUTH_SECRET: "a secret of at least 32 characters",
  FRONTEND_URL: "https://testfarm.example.com",
};

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

  test.each([
    { STORAGE_DIR: "/var/lib/testfarm" },
    { S3_BUCKET: "screenshots", S3_REGION: "eu-west-1" },
    { S3_BUCKET: "screenshots", S3_ENDPOINT: "http://127.0.0.1:8333", S3_FORCE_PATH_STYLE: "true" },
  ])("api and worker take %o as a place for screenshots", (place) => {
    for (const role of ["api", "worker"] as const)
      expect(() => readEnv(role, { ...api, STORAGE_DIR: "", ...place })).not.toThrow();
  });

  test("Redis is taken, with or without TLS, one server or a cluster", () => {
    for (const REDIS_URL of ["redis://cache:6379", "rediss://app:secret@cache:6380/2"])
      expect(readEnv("api", { ...api, REDIS_URL, REDIS_CLUSTER: "true" })).toMatchObject({
        REDIS_URL,
        REDIS_CLUSTER: true,
      });
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
    expect(Object.keys(env).toSorted()).toEqual([...Object.keys(api), "TESTFARM_HOME"].toSorted());
  });

  test("hosts that are opened are a list", () => {
    const { EGRESS_ALLOW } = readEnv("egress", { EGRESS_ALLOW: "demo:3002, [fd00::1]:443" });
    expect(EGRESS_ALLOW).toEqual(["demo:3002", "[fd00::1]:443"]);
  });

  test("what a collector of traces wants to be told is pairs, decoded", () => {
    const pairs = "authorization=Bearer%20hunter2%3D, x-tenant=farm";
    const { OTEL_EXPORTER_OTLP_HEADERS } = readEnv("api", { ...api, OTEL_EXPORTER_OTLP_HEADERS: pairs });
    expect(OTEL_EXPORTER_OTLP_HEADERS).toEqual({ authorization: "Bearer hunter2=", "x-tenant": "farm" });
  });

  test("the bucket of an earlier installation is JSON, and is told to nobody", () => {
    const bucket = {
      name: "old",
      endpoint: "https://s3.example.com",
      credentials: { accessKeyId: "id", secretAccessKey: "hunter2" },
    };
    const env = { ...api, STORAGE_READ_THROUGH: JSON.stringify(bucket) };
    expect(readEnv("api", env)).toMatchObject({ STORAGE_READ_THROUGH: bucket });
    for (const wrong of ["hunter2", '{"name":"hunter2"}', JSON.stringify({ ...bucket, key: "hunter2" })]) {
      const told = problems("api", { ...api, STORAGE_READ_THROUGH: wrong });
      expect(told).toContain("- STORAGE_READ_THROUGH must be a bucket as JSON, such as {");
      expect(told).not.toContain("hunter2");
    }
  });

  test("what a role does not read cannot keep it from starting", () => {
    expect(() => readEnv("migrate", { DATABASE_ADMIN_URL: database, PORT: "none" })).not.toThrow();
  });
});

const backup = {
  BACKUP_DATABASE_URL: "postgres://backup:hunter2-hunter2@db.internal:5432/testfarm",
  DATABASE_ADMIN_URL: database,
  BACKUP_BUCKET: "backups",
  BACKUP_REGION: "eu-west-1",
  BACKUP_PASSPHRASE: "hunter2-hunter2-hunter2-hunter2-hunter2",
  BACKUP_SCHEDULE: "30 2 * * *",
  BACKUP_DRILL_SCHEDULE: "30 4 * * 0",
  BACKUP_KEEP_DAYS: "30",
};

describe("backups", () => {
  test("are made with what is there, and restored with no more than it takes", () => {
    expect(readEnv("backup", backup)).toMatchObject({ BACKUP_KEEP_DAYS: 30, BACKUP_SCHEDULE: "30 2 * * *" });
    expect(readEnv("restore", backup)).not.toHaveProperty("BACKUP_DATABASE_URL");
    expect(readEnv("backup", backup)).not.toHaveProperty("DATABASE_ADMIN_URL");
  });

  test.each([
    [
      { BACKUP_REGION: "" },
      "BACKUP_BUCKET is set, but not where it is. Set BACKUP_REGION for a bucket at AWS",
    ],
    [
      { BACKUP_ACCESS_KEY_ID: "key" },
      "BACKUP_ACCESS_KEY_ID and BACKUP_SECRET_ACCESS_KEY are of use only together.",
    ],
    [
      { BACKUP_PASSPHRASE: "hunter2" },
      "BACKUP_PASSPHRASE must have at least 32 characters; it is a value of 7 characters.",
    ],
    [{ BACKUP_PASSPHRASE: "" }, "BACKUP_PASSPHRASE is not set, and the role"],
  ])("%j is told to whoever makes and restores them", (change, problem) => {
    for (const role of ["backup", "restore"] as const) {
      const message = problems(role, { ...backup, ...change });
      expect(message).toContain(`\n- ${problem}`);
      expect(message).not.toContain("hunter2");
    }
  });

  test.each(["daily", "* * * *", "0 30 2 * * *", "61 2 * * *"])("are not made at %j", (schedule) => {
    for (const name of ["BACKUP_SCHEDULE", "BACKUP_DRILL_SCHEDULE"])
      expect(problems("backup", { ...backup, [name]: schedule })).toContain(
        `- ${name} must be five fields of cron, in UTC, such as 30 2 * * *; it is "${schedule}".`,
      );
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
        "- Neither S3_BUCKET nor STORAGE_DIR is set, and screenshots have to be kept somewhere. Set one of them.",
      ].join("\n"),
    );
  });

  test.each([
    {
      source: { S3_BUCKET: "screenshots" },
      problem:
        "S3_BUCKET is set, but not where it is. Set S3_REGION for a bucket at AWS, S3_ENDPOINT for one at another store.",
    },
    {
      source: { AWS_ACCESS_KEY_ID: "key" },
      problem: "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are of use only together. Set both or neither.",
    },
    {
      source: { AWS_SECRET_ACCESS_KEY: "hunter2" },
      problem: "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are of use only together. Set both or neither.",
    },
  ])("of $source is what it lacks, for each role that reads it", ({ source, problem }) => {
    for (const role of ["all", "api", "worker"] as const)
      expect(problems(role, { ...api, ...source })).toContain(`\n- ${problem}`);
    expect(() => readEnv("migrate", { DATABASE_ADMIN_URL: database, ...source })).not.toThrow();
  });

  test.each([
    {
      source: { BROWSER_URL: "http://browser:3001" },
      problem:
        "BROWSER_URL is set without BROWSER_TOKEN, and the role browser answers nobody else. Set BROWSER_TOKEN to the one of that role.",
    },
    {
      source: { BROWSERBASE_API_KEY: "hunter2" },
      problem:
        "BROWSERBASE_API_KEY is set without BROWSERBASE_PROJECT_ID. Set it to the project's id, which its settings at Browserbase show.",
    },
  ])("of $source is what it lacks, for the roles that drive browsers", ({ source, problem }) => {
    for (const role of ["all", "worker"] as const) {
      expect(problems(role, { ...api, ...source })).toContain(`\n- ${problem}`);
      const both = { BROWSER_TOKEN: "token-of-the-role", BROWSERBASE_PROJECT_ID: "project" };
      expect(() => readEnv(role, { ...api, ...source, ...both })).not.toThrow();
    }
    expect(() => readEnv("migrate", { DATABASE_ADMIN_URL: database, ...source })).not.toThrow();
  });

  test.each(["demo", "demo:", "http://demo:80", "demo:80,,shop:80", "demo:80 shop:80"])(
    "is EGRESS_ALLOW when it is %j",
    (value) => {
      expect(problems("egress", { EGRESS_ALLOW: value })).toContain(
        `- EGRESS_ALLOW must be hosts with their ports, such as demo:3002,shop.internal:443; it is ${JSON.stringify(value)}.`,
      );
    },
  );

  test.each(["hunter2", "authorization=hunter2,", "authorization=%hunter2"])(
    "is OTEL_EXPORTER_OTLP_HEADERS when it is %j, which is not shown",
    (value) => {
      const message = problems("worker", { ...api, OTEL_EXPORTER_OTLP_HEADERS: value });
      expect(message).toContain("- OTEL_EXPORTER_OTLP_HEADERS must be pairs such as name=value,other=value");
      expect(message).not.toContain("hunter2");
    },
  );

  test("is a protocol of traces that is not spoken", () => {
    expect(problems("api", { ...api, OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" })).toContain(
      '- OTEL_EXPORTER_OTLP_PROTOCOL must be one of http/protobuf; it is "grpc". Correct it or unset it.',
    );
  });

  test.each([
    ["REDIS_URL", "http://user:hunter2@cache"],
    ["DATABASE_URL", "mysql://root:hunter2-hunter2@db/testfarm"],
    ["AUTH_SECRET", "hunter2"],
    ["DATABASE_DIRECT_URL", "hunter2-hunter2"],
  ])("never shows the value of %s", (name, value) => {
    const message = problems("api", { ...api, [name]: value });
    expect(message).toContain(`- ${name} must `);
    expect(message).toContain(`a value of ${value.length} characters`);
    expect(message).not.toContain("hunter2");
  });

  test.each([["TRELLO_API_KEY", "key"]])(
    "includes %s, which is in the contract and not built yet",
    (name, value) => {
      expect(problems("all", { [name]: value })).toMatch(`- ${name} is set, but not supported yet: `);
    },
  );
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
