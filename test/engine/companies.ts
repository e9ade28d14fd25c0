/** A server for each company of the managed tiers that speaks its contract, and what a stack has to know of its account there. */
import * as browserbase from "../support/contracts/browserbase.ts";
import { startBothOfFly } from "../support/contracts/fly-both.ts";
import * as fly from "../support/contracts/fly/index.ts";
import * as neon from "../support/contracts/neon.ts";
import * as netlify from "../support/contracts/netlify.ts";
import * as railway from "../support/contracts/railway/index.ts";
import * as render from "../support/contracts/render/index.ts";
import type { ContractServer } from "../support/contracts/server.ts";
import * as supabase from "../support/contracts/supabase/index.ts";
import * as upstash from "../support/contracts/upstash.ts";

/** Addresses of the real services that the companies' databases, caches and buckets stand for. Default: of nothing. */
export interface Addresses {
  readonly supabase?: Parameters<typeof supabase.startSupabase>[0];
  readonly railway?: Parameters<typeof railway.startRailway>[0];
  readonly neon?: Parameters<typeof neon.startNeon>[0];
  readonly render?: Parameters<typeof render.startRender>[0];
  readonly fly?: fly.FlyOptions["postgres"];
  readonly upstash?: Parameters<typeof upstash.startUpstash>[0];
}

/** At Browserbase. */
const project = "project-1";

export async function startCompanies(addresses: Addresses = {}) {
  const servers = {
    browserbase: await browserbase.startBrowserbaseApi({ [project]: { concurrency: 100 } }),
    fly: await startBothOfFly(addresses.fly && { postgres: addresses.fly }),
    neon: await neon.startNeon(addresses.neon),
    netlify: await netlify.startNetlify(),
    railway: await railway.startRailway(addresses.railway),
    render: await render.startRender(addresses.render),
    supabase: await supabase.startSupabase(addresses.supabase),
    upstash: await upstash.startUpstash(addresses.upstash),
  } as const satisfies Readonly<Record<string, ContractServer>>;
  return {
    servers,
    /** Of the stack's file. */
    settings: {
      accounts: {
        cloudflare: "0123456789abcdef".repeat(2),
        fly: "farm",
        netlify: "farm",
        railway: "01234567-89ab-cdef-0123-456789abcdef",
        render: render.ownerId,
        supabase: "farm",
        upstash: upstash.credentials.email,
      },
      browserbaseProjectId: project,
      endpoints: Object.fromEntries(Object.entries(servers).map(([name, { url }]) => [name, url])),
    },
    tokens: {
      browserbaseApiKey: browserbase.credentials.apiKey,
      flyToken: fly.credentials.token,
      neonApiKey: neon.credentials.apiKey,
      netlifyToken: netlify.credentials.token,
      railwayToken: railway.credentials.token,
      renderApiKey: render.credentials.apiKey,
      supabaseAccessToken: supabase.credentials.accessToken,
      upstashApiKey: upstash.credentials.apiKey,
    },
    /** What a company would not have understood, a line each. */
    violations: () => Object.values(servers).flatMap(({ violations }) => violations),
  };
}
