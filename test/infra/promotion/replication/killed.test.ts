import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Client } from "pg";
import { beforeAll, describe, expect, test } from "vitest";
import { differences } from "../../../../app/db/fingerprint.ts";
import { replicationName } from "../../../../infra/promotion/replication/names.ts";
import { publish, unpublish } from "../../../../infra/promotion/replication/publication.ts";
import { subscribe, unsubscribe } from "../../../../infra/promotion/replication/subscription.ts";
import { drainTo, endOfLog, waitReady } from "../../../../infra/promotion/replication/wait.ts";
import { movedTables } from "../../../../infra/promotion/tables.ts";
import { content } from "./content.ts";
import { connected, seed, type Server, startServer } from "./server.ts";

const program = fileURLToPath(new URL("step.ts", import.meta.url));
const name = replicationName("fwd", randomUUID());
const wait = { interval: 20, signal: new AbortController().signal };

/** Two tables: each takes a moment to be copied. */
const isChosen = ({ name: table }: { readonly name: string }): boolean =>
  ["organizations", "personas"].includes(table);

describe("a runner that is killed between two statements of replication", () => {
  let servers: { source: Server; target: Server };
  let publisher: Client;
  let subscriber: Client;

  beforeAll(async () => {
    const [source, target] = await Promise.all([startServer(), startServer()]);
    servers = { source, target };
    [publisher, subscriber] = await Promise.all([connected(source.url), connected(target.url)]);
    await seed(source.url, 5);
  });

  /** @returns whether it got through before it was killed. */
  async function killedAfter(step: string, statements: number): Promise<boolean> {
    const args = [program, step, `${statements}`, servers.target.url, servers.source.url, name];
    try {
      return (await promisify(execFile)(process.execPath, ["--import", "tsx", ...args])).stdout === "done";
    } catch (error) {
      if ((error as { signal?: string }).signal === "SIGKILL") return false;
      throw error;
    }
  }

  const again: Record<string, () => Promise<void>> = {
    publish: async () =>
      publish(publisher, { name, tables: (await movedTables(publisher)).filter(isChosen) }),
    subscribe: async () => {
      const link = { subscriber, publisher, name };
      const wanted = { publication: name, copyData: true, origin: "any" } as const;
      await subscribe(link, { dialUrl: servers.source.url, ...wanted });
      await waitReady(link, wait);
      await drainTo(link, await endOfLog(publisher), wait);
      const contents = await Promise.all([publisher, subscriber].map(content));
      const [there, here] = contents.map((all) =>
        all.filter(({ table }) => isChosen({ name: table.split(".")[1]! })),
      );
      expect(differences(there!, here!)).toEqual([]);
      expect(here!.map(({ rows }) => rows)).toEqual([1, 1]);
    },
    unsubscribe: async () => {
      await unsubscribe({ subscriber, publisher, name });
      const { rows } = await publisher.query("SELECT slot_name FROM pg_replication_slots");
      expect(rows).toEqual([]);
      expect((await subscriber.query("SELECT FROM pg_subscription")).rowCount).toBe(0);
      const tables = (await movedTables(subscriber)).map(({ quoted }) => quoted);
      await subscriber.query(`TRUNCATE ${tables.join(", ")}`);
    },
    unpublish: () => unpublish(publisher, name),
  };
  const before: Record<string, readonly string[]> = {
    publish: [],
    subscribe: ["publish"],
    unsubscribe: ["publish", "subscribe"],
    unpublish: ["publish"],
  };

  test.for(Object.keys(before))(
    "%s is there, or gone, when it is called again",
    { timeout: 300_000 },
    async (step) => {
      let statements = 0;
      for (let isThrough = false; !isThrough; statements++) {
        for (const each of before[step]!) await again[each]!();
        isThrough = await killedAfter(step, statements);
        await again[step]!();
        await again["unsubscribe"]!();
        await again["unpublish"]!();
      }
      console.log(`${step}: killed before each of ${statements - 1} statements`);
      expect(statements).toBeGreaterThan(2);
    },
  );
});
