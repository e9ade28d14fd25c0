import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { freePort } from "../../../app/embedded/port.ts";
import { atEnd } from "../../support/at-end.ts";
import { migratedDatabase } from "../../support/postgres.ts";

test("the role worker answers for its health until it has ended in order", async () => {
  const url = await migratedDatabase();
  const directory = await mkdtemp(join(tmpdir(), "testfarm-role-"));
  atEnd(() => rm(directory, { recursive: true }));
  const port = await freePort();
  const env = {
    PATH: process.env["PATH"],
    HOME: directory,
    DATABASE_URL: url,
    STORAGE_DIR: directory,
    PORT: String(port),
  };
  const child = spawn(process.execPath, ["--import", "tsx", "app/main.ts", "worker"], { env });
  atEnd(() => child.kill("SIGKILL"));
  const ask = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    return [response.status, await response.json()];
  };
  await vi.waitFor(async () => expect((await ask("/healthz"))[0]).toBe(200));
  expect(await ask("/readyz")).toEqual([
    200,
    { status: "ready", checks: expect.objectContaining({ database: true, accepting: true }) },
  ]);
  expect((await fetch(`http://127.0.0.1:${port}/api/sessions`)).status).toBe(404);
  child.kill("SIGTERM");
  expect(await once(child, "exit")).toEqual([0, null]);
  await expect(ask("/healthz")).rejects.toThrow("fetch failed");
}, 40_000);
