import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import { beginAttempt, writeEvent, type Begun } from "../../app/db/attempts.ts";
import { createSession } from "../../app/db/sessions.ts";
import { openServices } from "../../app/services.ts";
import { atEnd } from "../support/at-end.ts";
import { install, type Installation } from "../support/installation.ts";
import { redisProgram, startRedis } from "../support/redis.ts";
import { startRole } from "../support/role-process.ts";
import { scriptedStep } from "../support/scripted-session.ts";
import { percentile } from "./bench.ts";
import type { Bench } from "./bench.ts";
import { memoryOf } from "./process-tree.ts";

const sessions = 50;
const clients = { memory: 5_000, latency: 4_000, few: 400 };
/** Each session has an event every two seconds, a lively one for an agent. */
const pace = { seconds: 15, eventsPerSecond: sessions / 2 };

export const sse: Bench = {
  name: "sse",
  how: `live streams of ${sessions} sessions; clients, APIs and database share this machine`,
  async run() {
    const program = await redisProgram.find();
    if (program === undefined) throw new Error(redisProgram.needs);
    const { address } = await startRedis(program);
    const installation = await install(address);
    const ids = await startSessions(installation);

    const bare = await kilobytesOfBareServer();
    const one = await startRole("api", installation.env);
    const own = await kilobytesAClient(one.pid, () => follow(installation, [one.url], ids, clients.memory));
    await one.kill();

    const two = [await startRole("api", installation.env), await startRole("api", installation.env)];
    const urls = two.map(({ url }) => url);
    const few = await latencies(installation, urls, ids, clients.few);
    const many = await latencies(installation, urls, ids, clients.latency);
    const [low, high] = [percentile(few, 99), percentile(many, 99)];
    return [
      {
        what: `memory a client, ${clients.memory} at one API`,
        baseline: `${bare.toFixed(0)} KB bare Node server`,
        measured: `${own.toFixed(0)} KB`,
        target: "<= 50 KB",
        met: own <= 50,
      },
      {
        what: `latency p99, ${clients.latency} at two APIs`,
        baseline: `${low} ms with ${clients.few} clients`,
        measured: `${high} ms over ${many.length} deliveries; p50 ${percentile(many, 50)} ms`,
        target: "< 100 ms",
        met: high < 100,
      },
    ];
  },
};

async function startSessions({ db, orgId, personaId }: Installation): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < sessions; n++) {
    const task = { url: "http://shop.test/", objective: "Be looked at", personaId };
    ids.push((await createSession(db, orgId, task)).id);
  }
  return ids;
}

interface Clients {
  /** Latencies since the last call. Milliseconds. */
  report(): Promise<number[]>;
  close(): Promise<void>;
}

async function follow(
  { headers }: Installation,
  apis: readonly string[],
  ids: readonly string[],
  number: number,
): Promise<Clients> {
  const addresses = ids.flatMap((id) => apis.map((api) => `${api}/api/sessions/${id}/events`));
  const child = spawn(
    process.execPath,
    [
      "--import",
      "tsx",
      "test/bench/sse-clients.ts",
      JSON.stringify(addresses),
      headers["cookie"]!,
      `${number}`,
    ],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  atEnd(() => child.kill());
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  if ((await lines.next()).value !== "connected") throw new Error("Not all clients could connect.");
  return {
    async report() {
      child.stdin.write("report\n");
      return JSON.parse((await lines.next()).value as string) as number[];
    },
    async close() {
      child.stdin.end();
      await once(child, "exit");
    },
  };
}

async function kilobytesAClient(pid: number, open: () => Promise<Clients>): Promise<number> {
  const before = memoryOf([pid]);
  const opened = await open();
  await sleep(2_000);
  const after = memoryOf([pid]);
  await opened.close();
  return ((after - before) * 1_024) / clients.memory;
}

/** A server that only answers, and holds the connections. */
async function kilobytesOfBareServer(): Promise<number> {
  const script = `
    import { createServer } from "node:http";
    const server = createServer((_, response) => response.writeHead(200).write("retry: 2000\\n\\n"));
    server.listen(0, "127.0.0.1", () => console.log(server.address().port));`;
  const server = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  atEnd(() => server.kill());
  const [port] = (await once(server.stdout, "data")) as [Buffer];
  const address = `http://127.0.0.1:${port.toString().trim()}`;
  const connections = () =>
    follow({ headers: { cookie: "" } } as unknown as Installation, [address], ["any"], clients.memory);
  const measured = await kilobytesAClient(server.pid!, connections);
  server.kill();
  return measured;
}

async function latencies(
  installation: Installation,
  apis: readonly string[],
  ids: readonly string[],
  number: number,
): Promise<number[]> {
  const opened = await follow(installation, apis, ids, number);
  const { env, orgId } = installation;
  const databaseUrl = env["DATABASE_URL"]!;
  const services = await openServices(
    {
      databaseUrl,
      directUrl: databaseUrl,
      redis: { url: env["REDIS_URL"]!, isCluster: false },
      storageDirectory: env["STORAGE_DIR"]!,
    },
    pino({ level: "silent" }),
  );
  const attempts: Begun[] = [];
  for (const sessionId of ids) {
    const begun = (await beginAttempt(services.db, { orgId, sessionId }))!;
    await services.announcements.publish(begun);
    attempts.push(begun);
  }
  await sleep(2_000);
  await opened.report();
  for (let n = 0; n < pace.seconds * pace.eventsPerSecond; n++) {
    const attempt = attempts[n % attempts.length]!;
    const { image: _image, ...step } = scriptedStep(attempt.lease * 1_000 + n, "http://shop.test/");
    void writeEvent(services.db, attempt, { ...step, screenshot: null }).then((seq) =>
      services.announcements.publish({ sessionId: attempt.sessionId, seq }),
    );
    await sleep(1_000 / pace.eventsPerSecond);
  }
  await sleep(1_000);
  const measured = await opened.report();
  await Promise.all([opened.close(), services.close()]);
  return measured;
}
