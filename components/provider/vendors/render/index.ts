/**
 * Render's API (https://github.com/render-oss/sdk, typescript/src/generated/schema.ts of 2026-08-21; which fields are a must by
 * https://api-docs.render.com/openapi/render-public-api-1.json of 2026-01-06; both read 2026-11-26).
 */
import { z } from "zod";
import { vendor } from "../../vendor/kind.ts";
import { customDomain } from "./custom-domain.ts";
import { job } from "./job.ts";
import { keyValue } from "./key-value.ts";
import { postgres } from "./postgres.ts";
import { registryCredential } from "./registry-credential.ts";
import { service } from "./service.ts";

const advice: Readonly<Record<number, string>> = {
  401: "Make a key at https://dashboard.render.com/u/settings#api-keys, and set testfarm:renderApiKey",
  402: "Add a payment method or take a larger plan of the workspace at https://dashboard.render.com/billing",
  403: "A key reaches the workspaces of the account that made it at https://dashboard.render.com/u/settings#api-keys: the account has to be an admin of this one",
};

export const render = vendor({
  title: "Render",
  origin: "https://api.render.com",
  credentials: z.object({ apiKey: z.string() }),
  headers: ({ apiKey }) => ({ authorization: `Bearer ${apiKey}` }),
  messageIn: (body) => (body as { readonly message?: string } | undefined)?.message,
  advice: ({ status }) => advice[status],
  kinds: {
    Service: service,
    Job: job,
    Postgres: postgres,
    KeyValue: keyValue,
    CustomDomain: customDomain,
    RegistryCredential: registryCredential,
  },
});
