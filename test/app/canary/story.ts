import { readFile } from "node:fs/promises";
import { expect, vi } from "vitest";
import type { Session } from "../../../app/contract.ts";
import { serveDemoSite } from "../../../app/demo-site/serve.ts";
import { freePort } from "../../../app/embedded/port.ts";
import { atEnd } from "../../support/at-end.ts";
import { processTree } from "../../support/processes.ts";
import type { TestBucket } from "../../support/s3.ts";
import { acts, fails, says, serveMessages } from "../agent/messages-api.ts";
import { page, serveSite } from "../session/site.ts";
import { startCollector } from "../telemetry/collector.ts";
import { givenSecrets, runToEnd, startFarm, startGround, type Farm, type Ground } from "./farm.ts";
import { changeEverything, signIn, typedSecrets } from "./owner.ts";
import { recording, type Ask, type Records } from "./records.ts";
import { askWrongly } from "./routes.ts";
import { startMisconfigured, startTroubledWorkers } from "./troubles.ts";

const ends = says({
  input: { reasoning: "Seen.", action: { kind: "end", passed: true, reason: "It works." } },
});

/** A page that takes from the scripts on it what the inspectors need. */
const hostile = page("<h1>Shop</h1><script>document.querySelectorAll = undefined</script>");

/** A whole installation with its good and bad moments; what it says and answers, and its secrets, are kept. */
export async function goThroughEverything(
  redisProgram: string,
  bucket: TestBucket,
  routes: readonly string[],
  records: Records,
): Promise<void> {
  const { said, secrets } = records;
  const [given, typed] = [givenSecrets(), typedSecrets()];
  Object.assign(secrets, given, typed, { AWS_SECRET_ACCESS_KEY: bucket.credentials.secretAccessKey });
  const [collector, messages, site, hostileSite] = await Promise.all([
    startCollector(),
    serveMessages(acts({ kind: "resize", device: "phone" }), ends, ends, fails(401, "authentication_error")),
    serveDemoSite({ port: 0 }),
    serveSite({ "/": hostile }),
  ]);
  for (const { close } of [messages, site, hostileSite]) atEnd(close);
  const places = { bucket, redisProgram, collector: collector.url, messages: messages.url };
  const ground = await startGround(given, places);

  const migrated = await runToEnd(["app/main.ts", "migrate"], ground.env);
  said["migrate"] = migrated.output;
  expect(migrated.code).toBe(0);
  const farm = await startFarm(ground, [site.url, hostileSite.url]);
  const ask = recording(farm.api.url, records);
  const owner = await signIn(ask, given.OWNER_BOOTSTRAP_TOKEN, typed);
  Object.assign(secrets, { cookie: owner.cookieValue, apiKey: owner.key });

  const withPassword = (address: string) =>
    Object.assign(new URL(address), { username: "user", password: typed.sitePassword }).href;
  const request = (address: string, objective = "Look around") => {
    const input = { url: withPassword(address), objective, personaId: owner.personaId };
    return ask("POST", "/api/sessions", input, owner.headers);
  };
  const begin = async (address: string): Promise<string> => (await request(address)).body.id;
  const cancel = (id: string) => ask("POST", `/api/sessions/${id}/cancel`, undefined, owner.headers);
  const until = (id: string, isDone: (session: Session) => boolean) =>
    vi.waitFor(
      async () => {
        const { body } = await ask("GET", `/api/sessions/${id}`, undefined, owner.headers);
        expect(isDone(body as Session), JSON.stringify(body)).toBe(true);
      },
      { timeout: 60_000, interval: 250 },
    );

  const passing = await begin(site.url);
  await until(passing, ({ steps }) => steps > 0);
  said["command lines"] = await commandLines(Object.values(farm).map(({ pid }) => pid));
  await until(passing, ({ status }) => status === "passed");
  await until(await begin(hostileSite.url), ({ status }) => status === "passed");
  const away = await begin(`https://127.0.0.1:${await freePort()}/`);
  await until(away, ({ status }) => status === "failed");
  const withoutModel = await begin(site.url);
  await vi.waitFor(() => expect(farm.worker.log()).toContain("attempt failed"), 60_000);
  await cancel(withoutModel);
  // First, because wrong tries are counted, and some of them are too many.
  const place = { site: withPassword(site.url), sessionId: away };
  await changeEverything(ask, owner, place, typed, records);
  await askWrongly(ask, routes, passing, owner);

  await goThroughOutages(ground, farm, records, {
    refusedQuery: () => request(site.url, `Sign in with the password ${typed.objectivePassword}`),
    askWrongly: () => askWrongly(ask, routes, passing, owner),
    ask,
  });
  await endAndHear(farm, "worker", records);
  await startTroubledWorkers(
    ground,
    farm,
    {
      site: site.url,
      async begin(address) {
        const id = await begin(address);
        return () => cancel(id);
      },
    },
    records,
  );
  for (const role of ["egress", "browser", "api"] as const) await endAndHear(farm, role, records);
  said["traces"] = Buffer.concat(collector.bodies).toString("latin1");
}

interface Requests {
  /** One that the database refuses. */
  refusedQuery(): Promise<unknown>;
  askWrongly(): Promise<void>;
  readonly ask: Ask;
}

/** Redis and the database refuse something, then everything, then are away; in the end all is well again. */
async function goThroughOutages(
  ground: Ground,
  farm: Farm,
  records: Records,
  { refusedQuery, askWrongly: askEverything, ask }: Requests,
): Promise<void> {
  const { said } = records;
  const { database, redis } = ground;
  const doctor = async (title: string) => {
    said[title] = (await runToEnd(["app/cli/doctor.ts"], ground.env)).output;
  };
  const untilBothSay = (words: string) =>
    vi.waitFor(
      () => {
        for (const role of ["api", "worker"] as const) expect(farm[role].log()).toContain(words);
      },
      { timeout: 30_000, interval: 100 },
    );

  await Promise.all([doctor("doctor"), startMisconfigured(ground, records)]);
  await database.revoke("INSERT ON sessions");
  await refusedQuery();
  await database.grant("INSERT ON sessions");
  await redis.shutOut();
  await untilBothSay("WRONGPASS");
  await database.shutOut();
  await Promise.all([doctor("doctor in trouble"), askEverything(), ask("GET", "/readyz")]);
  await redis.kill();
  await doctor("doctor without Redis");
  for (const role of ["api", "worker", "browser"] as const)
    said[`metrics of ${role}`] = await (await fetch(`${farm[role].url}/metrics`)).text();
  await redis.start();
  await database.letIn();
  await vi.waitFor(async () => expect((await ask("GET", "/readyz")).status).toBe(200));
}

async function endAndHear(farm: Farm, role: keyof Farm, { said }: Records): Promise<void> {
  const { end, log, errors } = farm[role];
  await end();
  said[`log of ${role}`] = log();
  said[`errors of ${role}`] = errors();
}

/** Empty for a process that has ended since. */
const commandLine = (pid: number) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");

async function commandLines(roots: readonly number[]): Promise<string> {
  const trees = await Promise.all(roots.map(processTree));
  return (await Promise.all(trees.flat().map(commandLine))).join("\n").replaceAll("\0", " ");
}
