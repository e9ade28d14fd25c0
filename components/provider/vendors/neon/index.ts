/** Neon's API (npm @neondatabase/api-client 2.7.3, public-v2-for-users.gen.yaml; https://neon.com/docs; read 2026-11-26). */
import { z } from "zod";
import { vendor } from "../../vendor/kind.ts";
import { project } from "./project.ts";

export const neon = vendor({
  title: "Neon",
  origin: "https://console.neon.tech",
  credentials: z.object({ apiKey: z.string() }),
  headers: ({ apiKey }) => ({ authorization: `Bearer ${apiKey}` }),
  messageIn: (body) => (body as { readonly message?: string } | undefined)?.message,
  advice({ status, message }) {
    if (status === 401 || status === 403)
      return "Make an API key of the organization at https://console.neon.tech (Settings, API keys; one of a single project cannot make projects), and set testfarm:neonApiKey";
    if (/protected/i.test(message))
      return "Protected branches need a paid plan and are few (https://neon.com/docs/guides/protected-branches); ephemeral: true does without";
    if (/region/i.test(message))
      return "Which regions are open to an organization is at https://neon.com/docs/introduction/regions";
    return /limit|plan|quota/i.test(message)
      ? "What each plan allows is at https://neon.com/docs/introduction/plans"
      : undefined;
  },
  kinds: { Project: project },
});
