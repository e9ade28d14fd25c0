import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { companiesAccess } from "../../../infra/access/companies.ts";
import { freePort } from "../../../app/embedded/port.ts";
import { redis } from "../../support/redis.ts";
import { describeWith } from "../../support/services.ts";

const access = await companiesAccess();

async function run(role: string, variables: Readonly<Record<string, string>>, signal?: AbortSignal) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const printed = Promise.all([text(stdout), text(stderr)]);
  const code = await access
    .run({ role, args: [], variables, output: { stdout, stderr } }, signal)
    .finally(() => (stdout.end(), stderr.end()));
  return { code, printed: (await printed).join("") };
}

test("a role runs on this machine, with its variables and nothing else of the operator's", async () => {
  process.env["AUTH_SECRET"] = "the operator's own, which has nothing to do with the stack";
  try {
    const { code, printed } = await run("api", { LOG_LEVEL: "loud" });
    expect(code).not.toBe(0);
    expect(printed).toContain("LOG_LEVEL must be one of");
    expect(printed).toContain("AUTH_SECRET is not set");
  } finally {
    delete process.env["AUTH_SECRET"];
  }
});

test("it ends when it is told to", async () => {
  const stop = new AbortController();
  const ran = run("egress", { PORT: `${await freePort()}`, LOG_LEVEL: "info" }, stop.signal);
  stop.abort();
  expect((await ran).code).toBe(1);
});

test("an address in a network that this machine is not in is said to be one, before anything runs", async () => {
  const url = `postgres://app:canary-password@127.0.0.1:${await freePort()}/testfarm`;
  const error = await run("smoke", { DATABASE_URL: url }).catch((failure: Error) => failure);
  expect((error as Error).message).toMatch(
    /^DATABASE_URL leads to 127\.0\.0\.1, which does not answer here: .*private network/,
  );
  expect((error as Error).message).not.toContain("canary");
  await expect(access.forward(url)).rejects.toThrow(/does not answer here/);
});

test("backups are the companies' own", async () => {
  await expect(access.scratch()).rejects.toThrow("keep backups themselves");
});

await describeWith(redis, "a service that answers", (start) => {
  test("is reached by its own address", async () => {
    const { url } = await start();
    expect((await access.forward(url)).url).toBe(url);
  });
});
