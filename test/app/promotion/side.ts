import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { pino } from "pino";
import type { RedisAddress } from "../../../app/redis/connect.ts";
import { openServices, type OpenServices } from "../../../app/services.ts";
import { close, closeForGood, drain, open, readGate } from "../../../infra/promotion/gate.ts";
import { createTenant, type Tenant } from "../../support/api.ts";
import { atEnd } from "../../support/at-end.ts";
import { migratedDatabase } from "../../support/postgres.ts";

const run = randomUUID();
const minute = 60_000;

/** An installation with one organization, and what a promotion does to its gate. */
export interface TestSide {
  readonly url: string;
  readonly services: OpenServices;
  readonly tenant: Tenant;
  /** As its owner. */
  readonly owner: Client;
  /** The same services as another process has them. */
  another(): Promise<OpenServices>;
  drain(sessions: "hand-over" | "finish"): Promise<void>;
  close(options?: { answer?: "hold" | "refuse"; windowMs?: number }): Promise<void>;
  closeForGood(movedTo: string): Promise<void>;
  open(): Promise<void>;
  state(): Promise<string>;
}

/** @param redis Absent: the queue is on PostgreSQL. */
export async function testSide(redis?: RedisAddress): Promise<TestSide> {
  const url = await migratedDatabase();
  const storageDirectory = await mkdtemp(join(tmpdir(), "testfarm-side-"));
  atEnd(() => rm(storageDirectory, { recursive: true }));
  const another = async () => {
    const services = await openServices(
      { databaseUrl: url, directUrl: url, storageDirectory, redis },
      pino({ level: "silent" }),
    );
    atEnd(services.close);
    return services;
  };
  const services = await another();
  const owner = new Client({ connectionString: url });
  owner.on("error", () => undefined);
  await owner.connect();
  atEnd(() => owner.end());
  return {
    url,
    services,
    another,
    owner,
    tenant: await createTenant(services, "Own"),
    drain: (sessions) => drain(owner, { run, sessions, answer: "hold", windowMs: minute }),
    async close({ answer = "hold", windowMs = minute } = {}) {
      await close(owner, { run, answer, windowMs });
    },
    closeForGood: (movedTo) => closeForGood(owner, run, 0, movedTo),
    async open() {
      await open(owner, { run, raiseEpoch: true });
    },
    state: async () => (await readGate(owner)).state,
  };
}
