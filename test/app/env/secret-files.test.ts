import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { EnvError, readEnv, type Role, roles } from "../../../app/env.ts";
import { atEnd } from "../../support/at-end.ts";

const database = "postgres://app:hunter2-hunter2@db.internal:5432/testfarm";
const api = {
  STORAGE_DIR: "/var/lib/testfarm",
  FRONTEND_URL: "https://testfarm.example.com",
};
const secrets = { DATABASE_URL: database, AUTH_SECRET: "hunter2 of at least 32 characters" };

function directoryOf(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), "testfarm-secrets-"));
  atEnd(() => rmSync(directory, { recursive: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content);
  return directory;
}

function problems(role: Role, source: NodeJS.ProcessEnv): string {
  try {
    readEnv(role, source);
  } catch (error) {
    if (error instanceof EnvError) return error.message;
    throw error;
  }
  throw new Error("The environment was accepted.");
}

test("a variable is the file of its name, as it is, but for one newline at its end", () => {
  const SECRETS_DIR = directoryOf({ ...secrets, AUTH_SECRET: ` ${secrets.AUTH_SECRET}\n\n` });
  expect(readEnv("api", { ...api, SECRETS_DIR })).toMatchObject({
    ...api,
    DATABASE_URL: database,
    AUTH_SECRET: ` ${secrets.AUTH_SECRET}\n`,
  });
});

test("every role can have its variables there, and gets only what it reads", () => {
  const all = {
    ...secrets,
    DATABASE_ADMIN_URL: database,
    BROWSER_TOKEN: "token-of-the-role",
    BACKUP_DATABASE_URL: database,
    BACKUP_BUCKET: "backups",
    BACKUP_REGION: "eu-west-1",
    BACKUP_PASSPHRASE: "hunter2-hunter2-hunter2-hunter2-hunter2",
    BACKUP_SCHEDULE: "30 2 * * *",
    BACKUP_DRILL_SCHEDULE: "30 4 * * 0",
    BACKUP_KEEP_DAYS: "30",
  };
  const SECRETS_DIR = directoryOf(all);
  for (const role of roles) expect(() => readEnv(role, { ...api, SECRETS_DIR })).not.toThrow();
  const { BROWSER_TOKEN } = all;
  expect(readEnv("browser", { SECRETS_DIR })).toEqual({
    BROWSER_TOKEN,
    SECRETS_DIR,
    TESTFARM_HOME: expect.any(String),
  });
});

test("a Secret that Kubernetes mounts is read through its links, and what begins with a dot is Kubernetes' own", () => {
  const SECRETS_DIR = directoryOf({});
  const version = join(SECRETS_DIR, "..2026_11_26_18_31_09.1");
  mkdirSync(version);
  writeFileSync(join(version, "BROWSER_TOKEN"), "token-of-the-role");
  symlinkSync("..2026_11_26_18_31_09.1", join(SECRETS_DIR, "..data_tmp"));
  renameSync(join(SECRETS_DIR, "..data_tmp"), join(SECRETS_DIR, "..data"));
  symlinkSync(join("..data", "BROWSER_TOKEN"), join(SECRETS_DIR, "BROWSER_TOKEN"));
  expect(readEnv("browser", { SECRETS_DIR }).BROWSER_TOKEN).toBe("token-of-the-role");
});

test("an empty file is an absent variable, and so is an empty one beside a file", () => {
  const SECRETS_DIR = directoryOf({ ...secrets, REDIS_URL: "\n", S3_BUCKET: "" });
  const env = readEnv("api", { ...api, SECRETS_DIR, AUTH_SECRET: "", REDIS_URL: "redis://cache:6379" });
  expect(env).toMatchObject({ AUTH_SECRET: secrets.AUTH_SECRET, REDIS_URL: "redis://cache:6379" });
  expect(env.S3_BUCKET).toBeUndefined();
});

test("what is wrong is listed with the rest: name, place and fix, and never a value", () => {
  const SECRETS_DIR = directoryOf({ ...secrets, REDIS_URL: "hunter2", DATABASE_PASSWORD: "hunter2" });
  mkdirSync(join(SECRETS_DIR, "OWNER_EMAIL"));
  expect(problems("api", { ...api, SECRETS_DIR, AUTH_SECRET: "hunter2 ".repeat(5) })).toBe(
    [
      "The environment is not as it must be:",
      `- DATABASE_PASSWORD is a file in SECRETS_DIR ("${SECRETS_DIR}"), but no variable. Rename it or remove it.`,
      `- OWNER_EMAIL is in SECRETS_DIR ("${SECRETS_DIR}"), but cannot be read as a file (EISDIR). Let this process read it or remove it.`,
      "- AUTH_SECRET is set, and a file in SECRETS_DIR too. Unset it or remove the file.",
      "- REDIS_URL must be an address such as rediss://user:password@host:6379; it is a value of 7 characters. Correct it or unset it.",
    ].join("\n"),
  );
});

test.each([
  ["is not there", (directory: string) => join(directory, "secrets"), "ENOENT"],
  ["is a file", (directory: string) => join(directory, "AUTH_SECRET"), "ENOTDIR"],
])("a directory that %s is a line of the error", (_, place, code) => {
  const SECRETS_DIR = place(directoryOf(secrets));
  expect(problems("egress", { SECRETS_DIR })).toBe(
    `The environment is not as it must be:\n- SECRETS_DIR is "${SECRETS_DIR}", which cannot be read as a directory (${code}). Mount the secret there or unset SECRETS_DIR.`,
  );
});
