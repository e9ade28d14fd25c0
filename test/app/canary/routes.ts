import { randomUUID } from "node:crypto";
import { createApi } from "../../../app/api/app.ts";
import { openSignIn } from "../../../app/auth/sign-in.ts";
import { testServices } from "../../support/api.ts";
import { frontendUrl } from "./farm.ts";
import type { Owner } from "./owner.ts";
import type { Ask } from "./records.ts";

/** Every route of the API, as `GET /api/sessions/:id`. */
export async function listRoutes(): Promise<string[]> {
  const services = await testServices();
  const secret = "s".repeat(32);
  const signIn = openSignIn({
    ...services,
    secret,
    frontendUrl,
    ownerEmail: undefined,
    bootstrapToken: undefined,
  });
  const { signal } = new AbortController();
  const api = createApi({
    ...services,
    signIn,
    authenticate: signIn.authenticate,
    offer: { demoSite: null, agent: null },
    isLocal: false,
    draining: signal,
    closing: signal,
  });
  // A validator has a line of its own in this list, and what stands before all routes one for all methods.
  const lines = new Set(api.routes.map(({ method, path }) => `${method} ${path}`));
  return [...lines].filter((line) => !line.startsWith("ALL "));
}

/** Asks every route as nobody, as a program and as the owner: with what fits no schema, and secrets in the address. */
export async function askWrongly(
  ask: Ask,
  routes: readonly string[],
  sessionId: string,
  { headers, cookieValue, key }: Owner,
): Promise<void> {
  for (const route of routes) {
    // It takes whatever it is sent, and the owner is needed.
    if (route === "POST /api/auth/sign-out") continue;
    const [method, pattern] = route.split(" ") as [string, string];
    const isWithoutBody = method === "GET" || method === "DELETE";
    const path = pattern.replace(":id", method === "DELETE" ? randomUUID() : sessionId).replace(":step", "1");
    const input = isWithoutBody ? undefined : { url: key, password: cookieValue, token: 1 };
    await ask(method, `${path}?key=${key}`, input);
    await ask(method, path, input, { "x-api-key": key });
    await ask(method, path, input, headers);
  }
  await ask("GET", `/api/no/such/address?token=${cookieValue}`, undefined, headers);
}
