/**
 * The application's environment: the only place that reads `process.env`.
 *
 * `AppEnv` is the contract with the infrastructure: every tier yields each of these variables, as a stack output of
 * the same name, and gives each role those it reads. A variable added here breaks the compilation of every tier that
 * does not provide it.
 */
import { homedir, userInfo } from "node:os";
import { join, resolve } from "node:path";
import { z } from "zod";

/** A variable that a tier does not set is exported as `""` and read as absent. */
const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === "" ? undefined : value), schema.optional());
const oneOf = <const T extends readonly string[]>(values: T) =>
  z.enum(values, { error: `must be one of ${values.join(", ")}` });
const flag = oneOf(["true", "false"]).transform((value) => value === "true");
const secret = (length: number) => z.string().min(length, `must have at least ${length} characters`);
const integer = (least: number, most: number) => {
  const error = `must be a whole number from ${least} to ${most}`;
  return z.coerce.number({ error }).int(error).min(least, error).max(most, error);
};
const url = (protocol: RegExp, example: string) =>
  z.url({ protocol, error: `must be an address such as ${example}` });
const postgresUrl = url(/^postgres(ql)?$/, "postgres://user:password@host:5432/testfarm");
const httpUrl = url(/^https?$/, "https://testfarm.example.com");
const hostsAndPorts = z
  .string()
  .transform((text) => text.split(",").map((each) => each.trim()))
  .refine((all) => all.every((each) => /^(\[[\da-f:.]+\]|[\w.-]+):\d{1,5}$/i.test(each)), {
    error: "must be hosts with their ports, such as demo:3002,shop.internal:443",
  });
/** As OpenTelemetry writes lists of pairs: `key=value,other=value`, values percent-encoded where they need it. */
const pairs = z
  .string()
  .transform((text) => text.split(",").map((each) => /^\s*([^=\s]+)\s*=([^,]*)$/.exec(each)?.slice(1)))
  .transform((all) => all.map((pair) => pair && [pair[0], decoded(pair[1]!.trim())]))
  .refine((all) => all.every((pair) => pair?.[1] !== undefined), {
    error: "must be pairs such as name=value,other=value, with percent-encoded values",
  })
  .transform((all) => Object.fromEntries(all as [string, string][]) as Readonly<Record<string, string>>);

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    // A stray `%`: whoever asks says what is allowed.
    return undefined;
  }
}

const variables = {
  /** PostgreSQL for all queries, as the account `app`; may be a pooled address (transaction mode). */
  DATABASE_URL: optional(postgresUrl),
  /** The same database, never pooled: LISTEN and advisory locks need a session. Default: `DATABASE_URL`. */
  DATABASE_DIRECT_URL: optional(postgresUrl),
  /** The same database as its owner `admin`: migrations and backups, never a service. Default: the direct one. */
  DATABASE_ADMIN_URL: optional(postgresUrl),
  /** Redis for queue and events. Absent: both run on PostgreSQL. */
  REDIS_URL: optional(url(/^rediss?$/, "rediss://user:password@host:6379")),
  /** `true` when `REDIS_URL` is a Redis Cluster. Default `false`. */
  REDIS_CLUSTER: optional(flag),
  /** Private bucket for screenshots, with `S3_REGION` or `S3_ENDPOINT`. Absent: files under `STORAGE_DIR`. */
  S3_BUCKET: optional(z.string()),
  /** Region at AWS. Default where there is an endpoint: `us-east-1`, which other stores take. */
  S3_REGION: optional(z.string()),
  /** S3 endpoint of a store other than AWS. */
  S3_ENDPOINT: optional(httpUrl),
  /** `true` for stores that take the bucket in the path. Default `false`. */
  S3_FORCE_PATH_STYLE: optional(flag),
  /** Key for the bucket. Absent: what AWS's SDK finds on the machine (a role, a profile, a service account). */
  AWS_ACCESS_KEY_ID: optional(z.string()),
  AWS_SECRET_ACCESS_KEY: optional(z.string()),
  /** Directory for screenshots when there is no bucket. */
  STORAGE_DIR: optional(z.string()),
  /** Key of the model that chooses the steps. Absent: the deterministic explorer chooses them. */
  ANTHROPIC_API_KEY: optional(z.string()),
  /** Where the model's API is served, for gateways. Default: Anthropic's own address. */
  ANTHROPIC_BASE_URL: optional(httpUrl),
  TRELLO_API_KEY: optional(z.string()),
  TRELLO_API_SECRET: optional(z.string()),
  BROWSERBASE_API_KEY: optional(z.string()),
  BROWSERBASE_PROJECT_ID: optional(z.string()),
  /** Address of the `browser` role. Absent: the worker launches Chromium itself. */
  BROWSER_URL: optional(httpUrl),
  /** Token for the `browser` role's API. */
  BROWSER_TOKEN: optional(secret(16)),
  /** Address of the `egress` role, the browsers' only way out. */
  EGRESS_URL: optional(httpUrl),
  /** Hosts that the `egress` role opens though they are private or on another port: `demo:3002,shop.internal:443`. */
  EGRESS_ALLOW: optional(hostsAndPorts),
  /** Signs cookies; at least 32 characters. */
  AUTH_SECRET: optional(secret(32)),
  /** E-mail address of the first owner. Absent: whoever has the bootstrap token chooses. */
  OWNER_EMAIL: optional(z.email("must be an e-mail address")),
  /** Lets the first owner in, once; at least 16 characters. Absent: the first API to start makes one and logs it. */
  OWNER_BOOTSTRAP_TOKEN: optional(secret(16)),
  /** Where people open the page. */
  FRONTEND_URL: optional(httpUrl),
  /** The API's public address: `FRONTEND_URL` with `/api`. */
  API_BASE_URL: optional(httpUrl),
  /** Port of a role that listens. Default 3001. */
  PORT: optional(integer(1, 65_535)),
  /** Sessions that one worker runs at the same time. Default 1. */
  WORKER_CONCURRENCY: optional(integer(1, 100)),
  LOG_LEVEL: optional(oneOf(["debug", "info", "warn", "error", "silent"])),
  NODE_ENV: optional(oneOf(["development", "production", "test"])),
} as const;

/** What a tier provides: each variable as a string, `""` where it sets none. */
export type AppEnv = { readonly [Name in keyof typeof variables]: string };

/** The processes that the application's image can start. `all` is all of them in one, the embedded default. */
export const roles = ["all", "api", "worker", "browser", "egress", "migrate"] as const;
export type Role = (typeof roles)[number];

/** Each role gets only the variables it reads. */
const readBy = {
  api: [
    "DATABASE_URL",
    "DATABASE_DIRECT_URL",
    "REDIS_URL",
    "REDIS_CLUSTER",
    "S3_BUCKET",
    "S3_REGION",
    "S3_ENDPOINT",
    "S3_FORCE_PATH_STYLE",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "STORAGE_DIR",
    "AUTH_SECRET",
    "OWNER_EMAIL",
    "OWNER_BOOTSTRAP_TOKEN",
    "FRONTEND_URL",
    "API_BASE_URL",
    "PORT",
    "LOG_LEVEL",
    "NODE_ENV",
  ],
  worker: [
    "DATABASE_URL",
    "DATABASE_DIRECT_URL",
    "REDIS_URL",
    "REDIS_CLUSTER",
    "S3_BUCKET",
    "S3_REGION",
    "S3_ENDPOINT",
    "S3_FORCE_PATH_STYLE",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "STORAGE_DIR",
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_BASE_URL",
    "TRELLO_API_KEY",
    "TRELLO_API_SECRET",
    "BROWSERBASE_API_KEY",
    "BROWSERBASE_PROJECT_ID",
    "BROWSER_URL",
    "BROWSER_TOKEN",
    "PORT",
    "WORKER_CONCURRENCY",
    "LOG_LEVEL",
    "NODE_ENV",
  ],
  browser: ["BROWSER_TOKEN", "EGRESS_URL", "PORT", "LOG_LEVEL", "NODE_ENV"],
  egress: ["EGRESS_ALLOW", "PORT", "LOG_LEVEL", "NODE_ENV"],
  migrate: ["DATABASE_ADMIN_URL", "LOG_LEVEL", "NODE_ENV"],
} as const satisfies Record<Exclude<Role, "all">, readonly (keyof AppEnv)[]>;

/** The variables that each role of a deployment reads. */
export type RoleEnv = { [R in keyof typeof readBy]: Pick<AppEnv, (typeof readBy)[R][number]> };

/** Settings of one machine, which no tier exports. */
const machine = {
  /** Directory of the embedded installation. Default: `testfarm` in the user's data directory. */
  TESTFARM_HOME: optional(z.string()),
  XDG_DATA_HOME: optional(z.string()),
  /** Comes with a key for the bucket that is good for some hours only. */
  AWS_SESSION_TOKEN: optional(z.string()),
  /** Chromium to launch. Default: one that is found on the machine or comes with the package. */
  PLAYWRIGHT_CHROMIUM_EXECUTABLE_PATH: optional(z.string()),
  /** Sessions that one `browser` role runs at the same time. Default: one for each 350 MB of its memory limit. */
  BROWSER_SESSIONS: optional(integer(1, 1_000)),
  /** Where Browserbase runs the browsers. Default: its own. */
  BROWSERBASE_REGION: optional(oneOf(["us-west-2", "us-east-1", "eu-central-1", "ap-southeast-1"])),
  /** Where Browserbase's API is served. Default: its own address. */
  BROWSERBASE_BASE_URL: optional(httpUrl),
  /**
   * `live` asks the model, `replay` answers from recordings without it, `record` asks it and keeps what it answers.
   * Default: `live` with an `ANTHROPIC_API_KEY`; without one the explorer chooses the steps.
   */
  LLM_MODE: optional(oneOf(["live", "replay", "record"])),
  /** Directory of the recordings. */
  LLM_RECORDINGS: optional(z.string()),
  /** Where API and worker send traces (OTLP over HTTP); `/v1/traces` is added. Absent: there are no traces. */
  OTEL_EXPORTER_OTLP_ENDPOINT: optional(httpUrl),
  /** What the collector wants to be told with each request: `authorization=Bearer%20...`. */
  OTEL_EXPORTER_OTLP_HEADERS: optional(pairs),
  /** The only protocol that is spoken, for those who set it everywhere. */
  OTEL_EXPORTER_OTLP_PROTOCOL: optional(oneOf(["http/protobuf"])),
  /** Default: `testfarm-` with the role. */
  OTEL_SERVICE_NAME: optional(z.string()),
  /** What else every span says of its process: `service.version=1.2.3,deployment.environment.name=mvp`. */
  OTEL_RESOURCE_ATTRIBUTES: optional(pairs),
} as const;

const schema = z.object({ ...variables, ...machine });
type Variables = z.output<typeof schema>;
type Variable = keyof Variables;

/** What a role cannot run without. */
const required = {
  all: [],
  api: ["DATABASE_URL", "AUTH_SECRET", "FRONTEND_URL"],
  worker: ["DATABASE_URL"],
  browser: ["BROWSER_TOKEN"],
  egress: [],
  migrate: ["DATABASE_ADMIN_URL"],
} as const satisfies Record<Role, readonly Variable[]>;

/** What variables need of each other: whatever `isWrong` is a line of the error. */
const together: readonly {
  readonly roles: readonly Role[];
  readonly isWrong: (isSet: (name: Variable) => boolean) => boolean;
  readonly problem: string;
}[] = [
  {
    roles: ["api", "worker"],
    isWrong: (isSet) => !isSet("STORAGE_DIR") && !isSet("S3_BUCKET"),
    problem:
      "Neither S3_BUCKET nor STORAGE_DIR is set, and screenshots have to be kept somewhere. Set one of them.",
  },
  {
    roles: ["all", "api", "worker"],
    isWrong: (isSet) => isSet("S3_BUCKET") && !isSet("S3_REGION") && !isSet("S3_ENDPOINT"),
    problem:
      "S3_BUCKET is set, but not where it is. Set S3_REGION for a bucket at AWS, S3_ENDPOINT for one at another store.",
  },
  {
    roles: ["all", "api", "worker"],
    isWrong: (isSet) => isSet("AWS_ACCESS_KEY_ID") !== isSet("AWS_SECRET_ACCESS_KEY"),
    problem: "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are of use only together. Set both or neither.",
  },
  {
    roles: ["all", "worker"],
    isWrong: (isSet) => isSet("BROWSER_URL") && !isSet("BROWSER_TOKEN"),
    problem:
      "BROWSER_URL is set without BROWSER_TOKEN, and the role browser answers nobody else. Set BROWSER_TOKEN to the one of that role.",
  },
  {
    roles: ["all", "worker"],
    isWrong: (isSet) => isSet("BROWSERBASE_API_KEY") && !isSet("BROWSERBASE_PROJECT_ID"),
    problem:
      "BROWSERBASE_API_KEY is set without BROWSERBASE_PROJECT_ID. Set it to the project's id, which its settings at Browserbase show.",
  },
];

/** In the contract, but not built yet: ignoring one would break what it promises. */
const notBuilt: { readonly [Name in Variable]?: string } = {
  TRELLO_API_KEY: "findings are not sent to Trello so far",
};

/** The only values that an error may show; every other one can hold a credential. */
const shown: ReadonlySet<string> = new Set<Variable>([
  "PORT",
  "WORKER_CONCURRENCY",
  "BROWSER_SESSIONS",
  "BROWSERBASE_REGION",
  "EGRESS_ALLOW",
  "LLM_MODE",
  "LOG_LEVEL",
  "NODE_ENV",
  "OTEL_EXPORTER_OTLP_PROTOCOL",
]);

/** What `readEnv` gives a role: its own variables and the machine's settings, the required ones present. */
export type Env<R extends Role> = Pick<
  Variables,
  (R extends keyof typeof readBy ? (typeof readBy)[R][number] : Variable) | keyof typeof machine
> & { readonly [Name in (typeof required)[R][number]]: NonNullable<Variables[Name]> } & {
  readonly TESTFARM_HOME: string;
};

/** All that is wrong with the environment, a line each. */
export class EnvError extends Error {
  override readonly name = "EnvError";
}

/**
 * The environment of a role, checked.
 *
 * @throws {EnvError} naming everything that is wrong, what is allowed, and the fix. No secret's value is in it.
 */
export function readEnv<R extends Role>(role: R, source: NodeJS.ProcessEnv = process.env): Env<R> {
  const read: Record<Role, readonly string[]> = { ...readBy, all: Object.keys(variables) };
  const names = new Set([...read[role], ...Object.keys(machine)]);
  const own = Object.fromEntries(Object.entries(source).filter(([name]) => names.has(name)));
  const parsed = schema.safeParse(own);
  const isSet = (name: string) => (own[name] ?? "") !== "";
  const problems = [
    ...(parsed.error?.issues ?? []).map(({ path, message }) => {
      const name = String(path[0]);
      return `${name} ${message}; it is ${describe(name, own[name] ?? "")}. Correct it or unset it.`;
    }),
    ...required[role]
      .filter((name) => !isSet(name))
      .map((name) => `${name} is not set, and the role ${role} cannot run without it. Set it.`),
    ...together
      .filter(({ roles: of, isWrong }) => of.includes(role) && isWrong(isSet))
      .map(({ problem }) => problem),
    ...Object.entries(notBuilt)
      .filter(([name]) => isSet(name))
      .map(([name, instead]) => `${name} is set, but not supported yet: ${instead}. Unset it.`),
  ];
  if (!parsed.success || problems.length > 0) {
    throw new EnvError(
      ["The environment is not as it must be:", ...problems.map((each) => `- ${each}`)].join("\n"),
    );
  }
  // The checks above have established what the type says.
  return { ...parsed.data, TESTFARM_HOME: home(parsed.data) } as unknown as Env<R>;
}

const describe = (name: string, value: string) =>
  shown.has(name) ? JSON.stringify(value) : `a value of ${value.length} characters`;

function home({ TESTFARM_HOME, XDG_DATA_HOME }: Variables): string {
  if (TESTFARM_HOME !== undefined) return resolve(TESTFARM_HOME);
  // PostgreSQL refuses to run as root, and the account that it runs as instead cannot enter root's home.
  if (userInfo().uid === 0) return "/var/lib/testfarm";
  return join(XDG_DATA_HOME ?? join(homedir(), ".local", "share"), "testfarm");
}
