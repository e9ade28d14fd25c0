import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Me, Persona, Session } from "../../../app/contract.ts";
import { freePort } from "../../../app/embedded/port.ts";
import { processTree, stillRunning } from "../../support/processes.ts";
import { migratedDatabase } from "../../support/postgres.ts";

const run = promisify(execFile);
const main = ["--import", "tsx", "app/main.ts"];
const started: ChildProcess[] = [];
let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "testfarm-home-"));
});

afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGTERM");
    await once(child, "exit");
  }
  await rm(home, { recursive: true });
});

interface Embedded {
  readonly child: ChildProcess;
  readonly url: string;
  /** All that it says until it ends. */
  readonly output: Promise<string>;
  get<Answer>(path: string): Promise<Answer>;
}

async function start(env: NodeJS.ProcessEnv = {}): Promise<Embedded> {
  const child = spawn(process.execPath, [...main, "all"], {
    env: { ...process.env, TESTFARM_HOME: home, ...env },
  });
  started.push(child);
  const output = Promise.all([text(child.stdout), text(child.stderr)]).then((parts) => parts.join(""));
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on("data", (chunk: Buffer) => {
      const found = /Open (?:\S*?)(http:\S+?\d{2,5})/.exec(chunk.toString());
      if (found) resolve(found[1]!);
    });
    void output.then((said) => reject(new Error(said)));
  });
  return { child, url, output, get: async (path) => (await fetch(`${url}/api${path}`)).json() };
}

async function end({ child }: Embedded, signal: NodeJS.Signals): Promise<number | null> {
  const exit = once(child, "exit");
  child.kill(signal);
  return ((await exit) as [number | null])[0];
}

/** Command lines of the processes that have to do with this installation. */
const processes = async () =>
  (await run("ps", ["-eo", "args"])).stdout.split("\n").filter((line) => line.includes(home));

const call = async (args: string[], env: NodeJS.ProcessEnv = {}) => {
  const child = spawn(process.execPath, [...main, ...args], { env: { PATH: process.env["PATH"], ...env } });
  const said = Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await once(child, "exit")) as [number];
  return { code, said: (await said).join("") };
};

describe("the embedded application", () => {
  test("starts without any setting, offers a first session, and is the same after a restart", async () => {
    const first = await start();
    const me = await first.get<Me>("/me");
    expect(me).toMatchObject({
      agent: "explorer",
      demoSite: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+/),
    });
    expect((await first.get<Persona[]>("/personas")).map(({ name }) => name)).toContain("First-time visitor");
    const [session] = await first.get<Session[]>("/sessions");
    expect(session!.url).toContain(me.demoSite!);
    expect((await fetch(first.url)).headers.get("content-type")).toContain("text/html");
    const settings = join(home, "installation.json");
    expect((await stat(settings)).mode & 0o777).toBe(0o600);
    const { databasePassword } = JSON.parse(await readFile(settings, "utf8")) as { databasePassword: string };
    expect(await first.get(`/sessions/${session!.id}`)).toMatchObject({ id: session!.id });

    expect(await end(first, "SIGTERM")).toBe(0);
    expect(await first.output).not.toContain(databasePassword);
    expect(await readFile(join(home, "testfarm.log"), "utf8")).not.toContain(databasePassword);
    expect(await processes()).toEqual([]);
    expect((await readdir(home)).toSorted()).toEqual([
      "installation.json",
      "postgres",
      "storage",
      "testfarm.log",
    ]);

    const second = await start();
    expect((await second.get<Session[]>("/sessions")).map(({ id }) => id)).toEqual([session!.id]);
    expect((await second.get<Me>("/me")).demoSite).toBe(me.demoSite);
    expect(await end(second, "SIGINT")).toBe(0);
  }, 60_000);

  test("a second start says where the first one is and leaves it alone", async () => {
    const first = await start();
    const { stdout } = await run(process.execPath, [...main, "all"], {
      env: { ...process.env, TESTFARM_HOME: home },
    });
    expect(stdout).toBe(`TestFarm runs already. Open ${first.url}\n`);
    expect(await first.get<Me>("/me")).toBeDefined();
  }, 60_000);

  test("after kill -9 in the middle of a session it starts again and goes on with the session to its end", async () => {
    const first = await start();
    const [session] = await first.get<Session[]>("/sessions");
    await vi.waitFor(async () => {
      expect((await first.get<Session>(`/sessions/${session!.id}`)).steps).toBeGreaterThan(2);
    }, 30_000);
    const tree = await processTree(first.child.pid!);
    await end(first, "SIGKILL");
    const second = await start();
    await vi.waitFor(async () => expect(await stillRunning(tree)).toEqual([]));
    await vi.waitFor(
      async () => {
        const now = await second.get<Session>(`/sessions/${session!.id}`);
        expect(now).toMatchObject({ status: "passed", attempt: 1 });
      },
      { timeout: 90_000, interval: 500 },
    );
    expect(await end(second, "SIGTERM")).toBe(0);
    expect(await processes()).toEqual([]);
  }, 180_000);

  test("Ctrl-C in the middle of a session ends it at once, however often it is pressed", async () => {
    const first = await start();
    const [session] = await first.get<Session[]>("/sessions");
    await vi.waitFor(async () => {
      expect((await first.get<Session>(`/sessions/${session!.id}`)).steps).toBeGreaterThan(0);
    }, 30_000);
    const tree = await processTree(first.child.pid!);
    expect(tree.length).toBeGreaterThan(2);
    const begun = performance.now();
    first.child.kill("SIGINT");
    expect(await end(first, "SIGINT")).toBe(0);
    expect(performance.now() - begun).toBeLessThan(10_000);
    expect(await stillRunning(tree)).toEqual([]);
    expect(await processes()).toEqual([]);
    const second = await start();
    await vi.waitFor(async () => {
      const now = await second.get<Session>(`/sessions/${session!.id}`);
      expect(now).toMatchObject({ status: "running", attempt: 1 });
    }, 10_000);
  }, 90_000);

  test("uses the database that DATABASE_URL names and starts none", async () => {
    const embedded = await start({ DATABASE_URL: await migratedDatabase() });
    expect(await embedded.get<Session[]>("/sessions")).toHaveLength(1);
    expect(await readdir(home)).not.toContain("postgres");
  }, 60_000);

  test("takes another port where 3001 is taken", async () => {
    const taken = createServer();
    const isTaken = await new Promise<boolean>((resolve) => {
      taken.once("error", () => resolve(false)).listen(3001, "127.0.0.1", () => resolve(true));
    });
    const embedded = await start();
    expect(embedded.url).not.toBe("http://localhost:3001");
    if (isTaken) taken.close();
  }, 60_000);
});

const signIn = { AUTH_SECRET: randomUUID(), FRONTEND_URL: "http://localhost:3000" };

describe("the entry point", () => {
  test.each([[[]], [["everything"]], [["api", "worker"]]])(
    "with %j shows its usage and exits with 2",
    async (args) => {
      const { code, said } = await call(args);
      expect(code).toBe(2);
      expect(said).toContain("Usage: node --import tsx app/main.ts <role>");
      expect(said).toContain("all, api, worker, browser, egress, migrate");
    },
  );

  test("lists all that is wrong with the environment and exits with 1", async () => {
    const { code, said } = await call(["worker"], { WORKER_CONCURRENCY: "0" });
    expect(code).toBe(1);
    expect(said).toMatch(
      /- WORKER_CONCURRENCY must .*\n- DATABASE_URL is not set.*\n- Neither S3_BUCKET nor STORAGE_DIR is set/,
    );
    expect(said).not.toContain("at ");
  });

  test("the role api answers nobody but those who ask for its health, and ends in order", async () => {
    const port = await freePort();
    const api = spawn(process.execPath, [...main, "api"], {
      env: {
        ...process.env,
        ...signIn,
        DATABASE_URL: await migratedDatabase(),
        STORAGE_DIR: home,
        PORT: String(port),
      },
    });
    started.push(api);
    await vi.waitFor(() => fetch(`http://127.0.0.1:${port}/healthz`), { timeout: 15_000, interval: 100 });
    const statuses = ["/healthz", "/readyz", "/api/me", "/api/openapi.json"].map(
      async (path) => (await fetch(`http://127.0.0.1:${port}${path}`)).status,
    );
    expect(await Promise.all(statuses)).toEqual([200, 200, 401, 401]);
    const exit = once(api, "exit");
    api.kill("SIGTERM");
    expect((await exit)[0]).toBe(0);
  }, 30_000);

  test("the role worker waits for sessions, and ends in order", async () => {
    const worker = spawn(process.execPath, [...main, "worker"], {
      env: {
        ...process.env,
        DATABASE_URL: await migratedDatabase(),
        STORAGE_DIR: home,
        WORKER_CONCURRENCY: "2",
        PORT: String(await freePort()),
      },
    });
    started.push(worker);
    const [line] = (await once(worker.stdout, "data")) as [Buffer];
    expect(JSON.parse(line.toString())).toMatchObject({
      role: "worker",
      concurrency: 2,
      msg: "waiting for sessions",
    });
    const exit = once(worker, "exit");
    worker.kill("SIGTERM");
    expect((await exit)[0]).toBe(0);
  }, 30_000);

  test("a role whose database cannot be reached says so and exits with 1", async () => {
    const DATABASE_URL = `postgres://app:hunter2-hunter2@127.0.0.1:${await freePort()}/testfarm`;
    const { code, said } = await call(["api"], { ...signIn, DATABASE_URL, STORAGE_DIR: home });
    expect(code).toBe(1);
    expect(said).toContain("ECONNREFUSED");
    expect(said).not.toContain("hunter2");
  }, 30_000);
});
