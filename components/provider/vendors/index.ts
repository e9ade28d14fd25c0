/** The vendors of our own provider, by the names that are in the type tokens: `testfarm:upstash:Redis`. */
import { browserbase } from "./browserbase.ts";
import { neon } from "./neon/index.ts";
import { netlify } from "./netlify/index.ts";
import { render } from "./render/index.ts";
import { railway } from "./railway/index.ts";
import { fly } from "./fly/index.ts";
import { supabase } from "./supabase.ts";
import { upstash } from "./upstash.ts";

export const vendors = { browserbase, fly, neon, netlify, railway, render, supabase, upstash } as const;

export type VendorName = keyof typeof vendors;
