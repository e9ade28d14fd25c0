import { randomUUID } from "node:crypto";
import { openSignIn } from "../../../app/auth/sign-in.ts";
import { testServices } from "../../support/api.ts";
import { listRoutes } from "../../support/routes.ts";
import { frontendUrl } from "./farm.ts";
import type { Owner } from "./owner.ts";
import type { Ask } from "./records.ts";

/** Every route of the API. */
export async function routesOfApi(): Promise<string[]> {
  const services = await testServices();
  const secret = "s".repeat(32);
  const owner = { ownerEmail: undefined, bootstrapToken: undefined };
  return listRoutes(services, openSignIn({ ...services, secret, frontendUrl, ...owner }));
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
