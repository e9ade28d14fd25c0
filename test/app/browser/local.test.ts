import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { localBrowsers } from "../../../app/browser/local.ts";
import { chromium, testBrowsers } from "../../support/chromium.ts";
import { describeWith } from "../../support/services.ts";
import { browsersUnder, eventually, ownTemporaryDirectory } from "./machine.ts";

const site = "https://shop.example.com/";
const never = () => new AbortController().signal;
/** Waits for it from now on, so that a rejection before its turn is not an unhandled one. */
const reasonOf = (promise: Promise<unknown>): Promise<string | undefined> =>
  promise.then(
    () => undefined,
    (error: Error) => error.message,
  );

await describeWith(chromium, "browsers of this machine", () => {
  let temporary: ReturnType<typeof ownTemporaryDirectory>;
  beforeAll(() => void (temporary = ownTemporaryDirectory()));
  afterAll(() => temporary.remove());
  afterEach(() => {
    expect(browsersUnder(temporary.path)).toEqual([]);
    expect(temporary.scratch()).toEqual([]);
  });

  test.each([
    ["exits", "process.exit(0)"],
    ["is killed", "process.kill(process.pid, 'SIGKILL')"],
  ])(
    "a browser ends when the process that launched it %s, and the next launch removes its directory",
    async (_, end) => {
      const local = join(import.meta.dirname, "../../../app/browser/local.ts");
      const program = `
      import { localBrowsers } from ${JSON.stringify(local)};
      const executablePath = process.env.PLAYWRIGHT_CHROMIUM_EXECUTABLE_PATH || undefined;
      await localBrowsers({ executablePath }).launch(new AbortController().signal, 'about:blank');
      ${end};`;
      const owner = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", program], {
        stdio: "ignore",
      });
      await once(owner, "exit");
      await eventually(() => browsersUnder(temporary.path).length === 0);
      const next = await testBrowsers().launch(never(), site);
      expect(temporary.scratch().filter((name) => name.includes(`-${owner.pid}-`))).toEqual([]);
      await next.close();
    },
  );
});

describe("a browser program", () => {
  let temporary: ReturnType<typeof ownTemporaryDirectory>;
  beforeAll(() => void (temporary = ownTemporaryDirectory()));
  afterAll(() => temporary.remove());

  function program(name: string, script: string): string {
    const path = join(temporary.path, name);
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
    return path;
  }

  test("that is not there is named, with the variable that names it", async () => {
    const browsers = localBrowsers({ executablePath: "/nowhere/chromium", warn: () => undefined });
    await expect(browsers.launch(never(), site)).rejects.toThrow(
      /PLAYWRIGHT_CHROMIUM_EXECUTABLE_PATH is "\/nowhere\/chromium".*unset it/s,
    );
  });

  test("that ends at once is an error with what it said", async () => {
    const executablePath = program("broken", 'echo "cannot open shared object file" >&2; exit 127');
    const browsers = localBrowsers({ executablePath, warn: () => undefined });
    await expect(browsers.launch(never(), site)).rejects.toThrow(
      /code 127\.\ncannot open shared object file/,
    );
  });

  test("that crashes as it starts is started once more", async () => {
    const started = join(temporary.path, "crashed");
    const executablePath = program("crashing", `echo x >> ${started}; kill -SEGV $$`);
    const browsers = localBrowsers({ executablePath, warn: () => undefined });
    await expect(browsers.launch(never(), site)).rejects.toThrow(/ended with SIGSEGV/);
    expect(readFileSync(started, "utf8")).toBe("x\nx\n");
  });

  test("that hangs is ended, with the programs that it started, by an abort of the launch", async () => {
    const executablePath = program("stuck", "sleep 60");
    const stop = new AbortController();
    const launch = localBrowsers({ executablePath, warn: () => undefined }).launch(stop.signal, site);
    const reason = reasonOf(launch);
    await eventually(() => browsersUnder(temporary.path).length > 0);
    stop.abort(new Error("no longer wanted"));
    expect(await reason).toBe("no longer wanted");
    expect(browsersUnder(temporary.path)).toEqual([]);
    expect(temporary.scratch()).toEqual([]);
  });

  test("gets nothing of our own environment", async () => {
    const seen = join(temporary.path, "seen");
    const executablePath = program("spy", `env > ${seen}; exit 1`);
    process.env["ANTHROPIC_API_KEY"] = "canary-7f3a";
    await localBrowsers({ executablePath, warn: () => undefined })
      .launch(never(), site)
      .catch(() => undefined);
    delete process.env["ANTHROPIC_API_KEY"];
    expect(existsSync(seen)).toBe(true);
    expect(readFileSync(seen, "utf8")).not.toContain("canary-7f3a");
  });

  test("that finds no sandbox is started without it, which is said once", async () => {
    const started = join(temporary.path, "started");
    const executablePath = program(
      "unprivileged",
      `echo "$*" >> ${started}
       case "$*" in *--no-sandbox*) exit 3;; *) echo "No usable sandbox!" >&2; exit 1;; esac`,
    );
    const warn = vi.fn<(message: string) => void>();
    const browsers = localBrowsers({ executablePath, warn });
    await expect(browsers.launch(never(), site)).rejects.toThrow("code 3");
    await expect(browsers.launch(never(), site)).rejects.toThrow("code 3");
    expect(warn.mock.calls).toEqual([[expect.stringContaining("sandbox is off")]]);
    const withSandbox = readFileSync(started, "utf8")
      .split("\n")
      .filter((flags) => flags !== "" && !flags.includes("--no-sandbox"));
    expect(withSandbox).toHaveLength(process.getuid?.() === 0 ? 0 : 1);
  });
});
