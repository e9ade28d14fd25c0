/** At which companies a stack of a managed tier has accounts, and what they know their customer by. */
import { z } from "zod";
import type { SecretName } from "./secrets.ts";

interface Company {
  /** For people. */
  readonly title: string;
  /** What the account is known by at the company, which is no secret. */
  readonly account?: {
    /** `false`: the token tells it. */
    readonly isRequired: boolean;
    readonly pattern: RegExp;
    /** What it is, and where it is shown. */
    readonly is: string;
    /** Stands in this repository's own stack files; nobody has it. */
    readonly example: string;
  };
  /** Lets the stack in. Absent: the company's own Pulumi package asks for it (`cloudflare:apiToken`). */
  readonly token?: SecretName;
}

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
const slug = /^[a-z\d][a-z\d-]*$/;

export const companies = {
  browserbase: { title: "Browserbase", token: "browserbaseApiKey" },
  cloudflare: {
    title: "Cloudflare",
    account: {
      isRequired: true,
      pattern: /^[\da-f]{32}$/,
      is: "the id of an account, 32 hexadecimal digits, as https://dash.cloudflare.com shows it",
      example: "0".repeat(32),
    },
  },
  fly: {
    title: "Fly.io",
    account: {
      isRequired: true,
      pattern: slug,
      is: "the slug of an organization, as fly orgs list shows it",
      example: "example",
    },
    token: "flyToken",
  },
  neon: {
    title: "Neon",
    account: {
      isRequired: false,
      pattern: /^org-[a-z\d-]+$/,
      is: "the id of an organization, org-..., as its settings at https://console.neon.tech show it",
      example: "org-example",
    },
    token: "neonApiKey",
  },
  netlify: {
    title: "Netlify",
    account: {
      isRequired: true,
      pattern: slug,
      is: "the slug of a team, as in https://app.netlify.com/teams/<slug>",
      example: "example",
    },
    token: "netlifyToken",
  },
  railway: {
    title: "Railway",
    account: {
      isRequired: true,
      pattern: uuid,
      is: "the id of a workspace, as in https://railway.com/workspace/<id>",
      example: "00000000-0000-0000-0000-000000000000",
    },
    token: "railwayToken",
  },
  render: {
    title: "Render",
    account: {
      isRequired: true,
      pattern: /^(tea|usr)-[a-z\d]+$/,
      is: "the id of a workspace, tea-... or usr-..., as its settings at https://dashboard.render.com show it",
      example: "tea-example",
    },
    token: "renderApiKey",
  },
  supabase: {
    title: "Supabase",
    account: {
      isRequired: true,
      pattern: slug,
      is: "the slug of an organization, as in https://supabase.com/dashboard/org/<slug>",
      example: "example",
    },
    token: "supabaseAccessToken",
  },
  upstash: {
    title: "Upstash",
    account: {
      isRequired: true,
      pattern: /^[^\s@:]+@[^\s@:]+$/,
      is: "the e-mail address of the account",
      example: "somebody@example.com",
    },
    token: "upstashApiKey",
  },
  vercel: {
    title: "Vercel",
    account: {
      isRequired: false,
      pattern: /^team_\w+$/,
      is: "the id of a team, team_..., as its settings at https://vercel.com show it",
      example: "team_example",
    },
  },
} as const satisfies Readonly<Record<string, Company>>;

export type CompanyName = keyof typeof companies;
const all = Object.entries(companies as Readonly<Record<string, Company>>);

const whichAccounts = "must be a mapping of companies to accounts, such as upstash: me@example.com";

/** Accounts by company: those at which the stack has something. */
export const accounts = z
  .strictObject(
    Object.fromEntries(
      all.flatMap(([name, { account }]) => {
        if (account === undefined) return [];
        const error = `must be ${account.is}`;
        return [[name, z.string({ error }).regex(account.pattern, { error }).optional()]];
      }),
    ) as { [Name in Exclude<CompanyName, "browserbase">]: z.ZodOptional<z.ZodString> },
    { error: ({ code }) => (code === "invalid_type" ? whichAccounts : undefined) },
  )
  .default({});

const address = z
  .url({ protocol: /^https?$/, error: "must be an address such as https://gateway.example.com" })
  .optional();

/** Scheme and host by company, where its API is reached by a gateway. Default: the company's own. */
export const endpoints = z
  .strictObject({
    browserbase: address,
    fly: address,
    neon: address,
    netlify: address,
    railway: address,
    render: address,
    supabase: address,
    upstash: address,
  })
  .default({});

interface Choices {
  readonly tier: "paas" | "fly";
  readonly service?: string;
  readonly web?: string;
  readonly database?: string;
  readonly cache: string;
  readonly bucket: string;
  readonly browser: string;
}

const isCompany = (name: string): name is CompanyName => Object.hasOwn(companies, name);

/** The companies that a stack's choices need an account at. */
export function companiesOf(choices: Choices): readonly CompanyName[] {
  const { tier, service = "fly", web = tier, database = tier, cache, bucket, browser } = choices;
  const chosen = [service, web, database, cache, bucket, browser].map((each) =>
    each === "r2" ? "cloudflare" : each,
  );
  return [...new Set(chosen)].filter(isCompany).toSorted();
}
