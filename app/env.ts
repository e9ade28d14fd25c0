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
import { readBy, readByOperators, required, type Role, together } from "./env/roles.ts";
import { readSecretFiles, type SecretFiles } from "./env/secret-files.ts";
import { machine, variables } from "./env/variables.ts";

export { type Role, roles } from "./env/roles.ts";

/** What a tier provides: each variable as a string, `""` where it sets none. */
export type AppEnv = { readonly [Name in keyof typeof variables]: string };

/** The variables that each role of a deployment reads. */
export type RoleEnv = { [R in keyof typeof readBy]: Pick<AppEnv, (typeof readBy)[R][number]> };

/** `all` reads every variable. */
const readByOne = { ...readBy, ...readByOperators };

const schema = z.object({ ...variables, ...machine });
type Variables = z.output<typeof schema>;
type Variable = keyof Variables;

/** In the contract, but not built yet: ignoring one would break what it promises. */
const notBuilt: { readonly [Name in Variable]?: string } = {
  TRELLO_API_KEY: "findings are not sent to Trello so far",
};

/** The only values that an error may show; every other one can hold a credential. */
const shown: ReadonlySet<string> = new Set<Variable>([
  "PORT",
  "WORKER_CONCURRENCY",
  "BACKUP_SCHEDULE",
  "BACKUP_DRILL_SCHEDULE",
  "BACKUP_KEEP_DAYS",
  "BACKUP_POINT_IN_TIME",
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
  (R extends keyof typeof readByOne ? (typeof readByOne)[R][number] : Variable) | keyof typeof machine
> & { readonly [Name in (typeof required)[R][number]]: NonNullable<Variables[Name]> } & {
  readonly TESTFARM_HOME: string;
};

const allNames: ReadonlySet<string> = new Set([...Object.keys(variables), ...Object.keys(machine)]);
const noFiles: SecretFiles = { values: {}, problems: [] };

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
  const read: Record<Role, readonly string[]> = { ...readByOne, all: Object.keys(variables) };
  const names = new Set([...read[role], ...Object.keys(machine)]);
  const set = Object.entries(source).filter(([name, value]) => names.has(name) && (value ?? "") !== "");
  const directory = source["SECRETS_DIR"] ?? "";
  const files = directory === "" ? noFiles : readSecretFiles(directory, allNames, names);
  const own: NodeJS.ProcessEnv = { ...files.values, ...Object.fromEntries(set) };
  const parsed = schema.safeParse(own);
  const isSet = (name: string) => (own[name] ?? "") !== "";
  const problems = [
    ...files.problems,
    ...set
      .filter(([name]) => (files.values[name] ?? "") !== "")
      .map(([name]) => `${name} is set, and a file in SECRETS_DIR too. Unset it or remove the file.`),
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
