import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSignIn } from "../../app/auth/sign-in.ts";
import { sessions } from "../../app/db/schema.ts";
import { openDatabase } from "../../app/db/database.ts";
import type { Database } from "../../app/db/database.ts";
import { organizations } from "../../app/db/auth-tables.ts";
import { readEvents } from "../../app/db/events.ts";
import { createPersona } from "../../app/db/personas.ts";
import { unfinished } from "../../app/db/sessions.ts";
import type { SessionEvent } from "../../app/contract.ts";
import type { RedisAddress } from "../../app/redis/connect.ts";
import { atEnd } from "./at-end.ts";
import { migratedDatabase } from "./postgres.ts";

const frontendUrl = "http://farm.test";
const owner = {
  organization: "Acme",
  name: "Owner",
  email: "owner@farm.test",
  password: "correct horse battery staple",
};

/** What the processes of one installation share, and its owner, who is signed in. */
export interface Installation {
  readonly db: Database;
  /** For the roles `api` and `worker`. */
  readonly env: Readonly<Record<string, string>>;
  /** Of the owner's requests. */
  readonly headers: Readonly<Record<string, string>>;
  readonly orgId: string;
  readonly personaId: string;
  /** All events of a session, as PostgreSQL has them. */
  events(sessionId: string): Promise<SessionEvent[]>;
  /** Sessions that have no end yet. */
  unfinished(): Promise<number>;
}

/** @param redis Absent: queue and announcements are PostgreSQL's too. */
export async function install(redis?: RedisAddress): Promise<Installation> {
  const databaseUrl = await migratedDatabase();
  const storageDirectory = await mkdtemp(join(tmpdir(), "testfarm-fleet-"));
  atEnd(() => rm(storageDirectory, { recursive: true }));
  const { db, pool } = openDatabase(databaseUrl, () => undefined);
  atEnd(() => pool.end());
  const [secret, token] = [randomUUID(), randomUUID()];
  const signIn = openSignIn({ db, secret, frontendUrl, ownerEmail: undefined, bootstrapToken: token });
  await signIn.makeOwner({ ...owner, token });
  const [organization] = await db.select().from(organizations);
  const orgId = organization!.id;
  const { id: personaId } = await createPersona(db, orgId, {
    name: "First-time visitor",
    description: "Has never been here.",
    device: "desktop",
  });
  const signedIn = await signIn.handle(
    new Request(`${frontendUrl}/api/auth/sign-in/email`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: frontendUrl },
      body: JSON.stringify({ email: owner.email, password: owner.password }),
    }),
  );
  const cookie = signedIn.headers.getSetCookie().map((line) => line.split(";")[0]);
  return {
    db,
    env: {
      DATABASE_URL: databaseUrl,
      STORAGE_DIR: storageDirectory,
      AUTH_SECRET: secret,
      FRONTEND_URL: frontendUrl,
      ...(redis && { REDIS_URL: redis.url }),
    },
    headers: { cookie: cookie.join("; "), origin: frontendUrl },
    orgId,
    personaId,
    events: (sessionId) => readEvents(db, orgId, { sessionId, seq: 0 }, 10_000),
    unfinished: async () => db.$count(sessions, unfinished),
  };
}
