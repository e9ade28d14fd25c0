import { createApi } from "../../app/api/app.ts";
import { openSignIn } from "../../app/auth/sign-in.ts";
import type { OpenServices } from "../../app/services.ts";

/** Every route of the API, as `GET /api/sessions/:id`. */
export function listRoutes(services: OpenServices, signIn: ReturnType<typeof openSignIn>): string[] {
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
