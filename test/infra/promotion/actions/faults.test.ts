import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { withClient } from "../../../../app/backup/connection.ts";
import { actions, guards, holds } from "../../../../infra/promotion/actions/index.ts";
import type { Path } from "../../../../infra/promotion/contract.ts";
import { startRun } from "../../../../infra/promotion/ledger/open.ts";
import { advance } from "../../../../infra/promotion/runner/advance.ts";
import { faultProxy } from "../../../support/fault-proxy.ts";
import { describeWith } from "../../../support/services.ts";
import type { Server } from "../replication/server.ts";
import { playFaults, withPort } from "./broken.ts";
import { openGround, surroundingServices } from "./ground.ts";
import { contextOf, planOf, sideOf } from "./installation.ts";

await describeWith(surroundingServices, "what breaks in each state", ({ startS3, redis }) => {
  // Mostly they wait, each on servers of its own.
  test.concurrent.each<Path>(["ONLINE", "OFFLINE"])(
    "%s: it goes on, or is gone on with, to its end; nothing is lost, and one side at the most takes writes",
    { timeout: 7_200_000 },
    async (path) => {
      const s3 = await startS3();
      const bucket = await s3.createBucket();
      const ground = await openGround({ source: bucket, target: bucket });
      const { source, target } = ground.servers;
      const proxies = {
        source: await through(source.port),
        target: await through(target.port),
        bucket: await through(Number(new URL(bucket.endpoint).port)),
        between: [...(await through(source.port)), ...(await through(target.port))],
      } as const;
      const killed = { source: await killable(source), target: await killable(target), bucket: s3 };
      expect(await playFaults(ground, path, { proxies, killed, redis })).toEqual([]);
    },
  );
});

const through = async (port: number) => [await faultProxy(port)] as const;

test(
  "what waits for an answer that never comes gives it up, and is tried again",
  { timeout: 300_000 },
  async () => {
    const { fresh, servers } = await openGround();
    const { places, clear } = await fresh("disk");
    const proxy = await faultProxy(servers.target.port);
    const plan = planOf("ONLINE");
    const source = await sideOf(plan.from, places.source);
    const target = await sideOf(plan.to, { ...places.target, url: withPort(places.target.url, proxy.port) });
    const ledger = await startRun(plan, { url: source.databaseUrl });
    const notes: string[] = [];
    let isDead = false;
    const outcome = await advance({
      ledger,
      guards,
      holds,
      actions,
      context: {
        ...contextOf(plan, { source, target }),
        report({ what }) {
          if (what !== "tables" || isDead) return;
          isDead = true;
          proxy.break({ kind: "half-open" });
          proxy.heal();
        },
      },
      onEvent: (event) => event.kind === "note" && notes.push(event.text),
    });
    expect(outcome).toEqual({ kind: "waiting", state: "OBSERVE" });
    expect(notes).toEqual([expect.stringMatching(/^wait-copied is tried again in .*: Query read timeout/)]);
    await ledger.close();
    await clear();
  },
);

async function killable({ url, start }: Server) {
  const directory = await withClient(url, async (client) => {
    const { rows } = await client.query<{ directory: string }>(
      "SELECT current_setting('data_directory') AS directory",
    );
    return rows[0]!.directory;
  });
  return {
    async kill() {
      const [pid] = (await readFile(join(directory, "postmaster.pid"), "utf8")).split("\n");
      process.kill(Number(pid), "SIGKILL");
    },
    /** Its processes end by themselves once they see that it is gone; until then it does not start again. */
    async start() {
      for (let left = 50; ; left--) {
        try {
          return await start();
        } catch (error) {
          if (left === 0) throw error;
          await sleep(200);
        }
      }
    },
  };
}
