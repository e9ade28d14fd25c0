import { setTimeout as sleep } from "node:timers/promises";
import type { Persona, Session, SessionEvent } from "../../app/contract.ts";
import { callerOf } from "./api.ts";

const email = "owner@farm.test";
const password = "correct horse battery staple";
/** Milliseconds that a session may take, on a busy machine too. */
const patience = 300_000;

/** A deployed TestFarm, as its owner uses it. */
export interface Farm {
  /** Of whoever is signed in. */
  readonly headers: Readonly<Record<string, string>>;
  readonly personaId: string;
  /** One more. @returns its id. */
  addPersona(): Promise<string>;
  startSession(task: { readonly url: string; readonly objective: string }): Promise<Session>;
  /** Resolves once the session has ended. */
  endOf(id: string): Promise<Session>;
  events(id: string): Promise<SessionEvent[]>;
  picture(
    id: string,
    step: number,
  ): Promise<{ readonly status: number; readonly type: string | null; readonly size: number }>;
}

/**
 * Sets the first owner up, signs in and makes a persona.
 *
 * @param url where it is reached from here.
 * @param origin where people open it: its FRONTEND_URL.
 * @param token OWNER_BOOTSTRAP_TOKEN.
 */
export async function settleIn(url: string, origin: string, token: string): Promise<Farm> {
  const ask = callerOf(url);
  const owner = { organization: "Acme", name: "Owner", email, password, token };
  const expected = async (status: number, ...request: Parameters<typeof ask>) => {
    const answer = await ask(...request);
    if (answer.status === status) return answer;
    throw new Error(`${request[0]} ${request[1]}: ${answer.status} ${JSON.stringify(answer.body)}`);
  };
  await expected(204, "POST", "/api/setup", owner, { origin });
  const signedIn = await expected(200, "POST", "/api/auth/sign-in/email", { email, password }, { origin });
  const cookies = signedIn.headers.getSetCookie().map((line) => line.split(";")[0]);
  const headers = { cookie: cookies.join("; "), origin };
  const visitor = { name: "First-time visitor", description: "Has never been here.", device: "desktop" };
  const addPersona = async () =>
    ((await expected(201, "POST", "/api/personas", visitor, headers)).body as Persona).id;
  const personaId = await addPersona();
  return {
    headers,
    personaId,
    addPersona,
    async startSession(task) {
      const answer = await expected(201, "POST", "/api/sessions", { ...task, personaId }, headers);
      return answer.body as Session;
    },
    // Without the runner's `vi`: benches ask too.
    async endOf(id) {
      for (const end = Date.now() + patience; Date.now() < end; await sleep(500)) {
        const answer = await expected(200, "GET", `/api/sessions/${id}`, undefined, headers);
        const found = answer.body as Session;
        if (found.endedAt !== null) return found;
      }
      throw new Error(`Session ${id} has not ended within ${patience / 1_000} s.`);
    },
    async events(id) {
      const { body } = await expected(200, "GET", `/api/sessions/${id}/events`, undefined, headers);
      return [...(body as string).matchAll(/^data: (.*)$/gm)].map(
        ([, data]) => JSON.parse(data!) as SessionEvent,
      );
    },
    async picture(id, step) {
      const response = await fetch(`${url}/api/sessions/${id}/screenshots/${step}`, { headers });
      const { byteLength } = await response.arrayBuffer();
      return { status: response.status, type: response.headers.get("content-type"), size: byteLength };
    },
  };
}
