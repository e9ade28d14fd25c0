import { RunError } from "@pulumi/pulumi/errors.js";
import { closest } from "fastest-levenshtein";
import type { z } from "zod";
import { mostSessions } from "../capacity/docker-host.ts";
import { catalogues } from "../hosts/index.ts";
import { place, type Placement } from "../hosts/placement.ts";
import { companies, companiesOf } from "./accounts.ts";
import { homeCity, records } from "./common.ts";
import { resolve } from "./kubernetes.ts";
import { pairs, schema, server, type Config, type ConfigOf, type Tier } from "./schema.ts";
import { secretNames, type SecretName } from "./secrets.ts";

/** A stack's configuration as the engine hands it to the program, before anything is known about its meaning. */
export interface RawConfig {
  /** Name of the stack's file, for errors. */
  readonly file: string;
  /** Full keys, `testfarm:tier`. Scalars as text; lists and objects as JSON; of a secret only that it is there. */
  readonly values: Readonly<Record<string, string>>;
  readonly secretKeys: readonly string[];
}

/** Stands for the content of a secret, which no reader passes on. */
export const hidden = "[secret]";

/** One thing that is wrong with a stack file. */
export interface Problem {
  /** Where: `testfarm:adminCidrs[0]`. */
  readonly path: string;
  /** The value received (of a secret never), what is allowed, and the fix. */
  readonly message: string;
}

/** Everything that is wrong with a stack file, at once. The engine prints it without a stack trace. */
export class ConfigError extends RunError {
  override readonly name = "ConfigError";
  readonly problems: readonly Problem[];

  constructor(file: string, problems: readonly Problem[]) {
    const count = problems.length === 1 ? "1 error" : `${problems.length} errors`;
    const lines = problems.map(({ path, message }) => `  ${path}: ${message}`);
    super([`${file} has ${count}:`, ...lines].join("\n"));
    this.problems = problems;
  }
}

const namespace = "testfarm:";
const variants = new Map<string, (typeof schema.options)[number]>(
  schema.options.map((variant) => [variant.shape.tier.value, variant]),
);
const tiers = [...variants.keys()] as Tier[];
const settingsOf = (tier: string): string[] => Object.keys(variants.get(tier)?.shape ?? {});
const isSecretName = (name: string): name is SecretName => secretNames.some((each) => each === name);
const list = (words: readonly string[], last = "or"): string =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}`;

/**
 * Reads a stack's configuration.
 * @returns the configuration with its defaults, frozen in depth.
 * @throws {ConfigError} with all that is wrong.
 */
export function parseConfig(raw: RawConfig): Config {
  const problems: Problem[] = [];
  const report = (name: string, message: string) => problems.push({ path: namespace + name, message });
  const given = Object.keys(raw.values)
    .filter((key) => key.startsWith(namespace))
    .map((key) => key.slice(namespace.length));
  const isSecret = (name: string): boolean => raw.secretKeys.includes(namespace + name);

  const tier = raw.values[`${namespace}tier`];
  const variant = tier === undefined ? undefined : variants.get(tier);
  if (tier === undefined) {
    report("tier", `missing; choose ${list(tiers)}, for example: pulumi config set testfarm:tier vps`);
  } else if (!variant && !isSecret("tier")) {
    report("tier", `${received(tier)} is not a tier; use ${list(tiers)}`);
  }

  const data: Record<string, unknown> = {};
  const shape: Readonly<Record<string, z.ZodType>> = variant?.shape ?? {};
  const known = variant ? Object.keys(shape) : tiers.flatMap(settingsOf);
  for (const name of given) {
    if (isSecretName(name)) {
      if (!isSecret(name)) report(name, inClear(name));
    } else if (!known.includes(name)) {
      report(name, unknownSetting(name, variant && tier));
    } else if (isSecret(name)) {
      report(
        name,
        `encrypted, but it is no secret; give it in clear: pulumi config set testfarm:${name} <value>`,
      );
    } else if (name !== "tier" && raw.values[namespace + name] === "null") {
      report(name, "has no value; give it one or remove it");
    } else {
      data[name] = toJson(shape[name], raw.values[namespace + name] ?? "");
    }
  }

  for (const [one, other] of pairs) {
    if (given.includes(one) === given.includes(other)) continue;
    // There `browser` says whose browsers they are; without its key a plan can be made, as without any other.
    if (one === "browserbaseApiKey" && (variant === undefined || "accounts" in shape)) continue;
    const [present, absent] = given.includes(one) ? [one, other] : [other, one];
    if (problems.some(({ path }) => path === namespace + present)) continue;
    const set = `pulumi config set${isSecretName(absent) ? " --secret" : ""} testfarm:${absent}`;
    report(absent, `missing; testfarm:${present} is of use only with it: ${set}`);
  }

  const result = variant?.safeParse(data, { error: (issue) => inWords(issue, tier) });
  for (const issue of result?.error?.issues ?? []) {
    const [name] = issue.path.map(String);
    const reported = problems.some(({ path }) => path === `${namespace}${name}`);
    if (!reported) problems.push(toProblem(issue, data));
  }
  if (data["dns"] !== undefined && !given.includes("domain")) {
    const set = "pulumi config set testfarm:domain testfarm.example.com";
    report("domain", `missing; testfarm:dns is of use only with it: ${set}`);
  }
  refuseForeignZone(data, report);
  const placement = tier === "vps" ? placementOf(data, report) : undefined;
  if (result?.data?.tier === "vps" && placement) refuseTooManySessions(result.data, placement, report);
  if (result?.data?.tier === "paas" || result?.data?.tier === "fly")
    refuseMissing(result.data, given, report);
  const resolved = result?.data?.tier === "kubernetes" ? resolve(result.data, given, report) : undefined;
  if (problems.length > 0 || !result?.success) throw new ConfigError(raw.file, problems);
  const secrets = secretNames.filter((name) => given.includes(name));
  return freeze({ ...result.data, ...placement, ...resolved, secrets } as Config);
}

/** Region and size by the provider's own names; `undefined` where they cannot be told, which has then been reported. */
function placementOf(
  data: Readonly<Record<string, unknown>>,
  report: (name: string, message: string) => void,
): Placement | undefined {
  const wish = server.safeParse(data).data;
  if (!wish) return undefined;
  if (wish.near !== undefined && wish.region !== undefined) {
    report("near", `${received(wish.near)} is one place and testfarm:region another; remove one of the two`);
    return undefined;
  }
  const found = place({ ...wish, near: wish.near ?? homeCity });
  if ("setting" in found) {
    report(found.setting, `${received(wish[found.setting])} ${found.reason}`);
    return undefined;
  }
  return found;
}

function refuseTooManySessions(
  { sessions, provider }: Pick<ConfigOf<"vps">, "sessions" | "provider">,
  { size }: Placement,
  report: (name: string, message: string) => void,
): void {
  const machine = catalogues[provider].sizes[size];
  if (!machine || sessions <= mostSessions(machine)) return;
  const room = `${size} has ${machine.memoryGb} GB of memory, room for ${mostSessions(machine)}`;
  report("sessions", `${received(sessions)} is more than fits: ${room}; lower it or raise testfarm:size`);
}

/** What the chosen companies need, and what they do not offer. */
function refuseMissing(
  config: Omit<ConfigOf<"paas">, "secrets"> | Omit<ConfigOf<"fly">, "secrets">,
  given: readonly string[],
  report: (name: string, message: string) => void,
): void {
  const needed = companiesOf(config);
  for (const name of needed) {
    if (name === "browserbase") continue;
    const { title, account } = companies[name];
    if (account.isRequired && config.accounts[name] === undefined)
      report(`accounts.${name}`, `missing; ${title} is chosen; give it ${account.is}`);
  }
  const isBrowserbase = needed.includes("browserbase");
  if (isBrowserbase && config.browserbaseProjectId === undefined)
    report(
      "browserbaseProjectId",
      "missing; give it the id of a project, as Browserbase's dashboard shows it, or set testfarm:browser to own",
    );
  for (const name of ["browserbaseProjectId", "browserbaseApiKey"])
    if (!isBrowserbase && given.includes(name))
      report(name, "is of use only to browser: browserbase; set testfarm:browser to it, or remove this");
  if (config.tier !== "paas") return;
  if (config.service === "render" && config.bucket === "platform")
    report("bucket", '"platform" is not offered by Render; use r2');
  if (config.web === "platform" && config.image.web === undefined)
    report(
      "image.web",
      "missing; the platform serves the page from it; name its image, or choose another web",
    );
}

/** Of a zone at Cloudflare only the id is known, which does not tell what names lie in it. */
function refuseForeignZone(
  data: Readonly<Record<string, unknown>>,
  report: (name: string, message: string) => void,
): void {
  const { domain, dns } = records.safeParse(data).data ?? {};
  if (domain === undefined || dns?.provider !== "digitalocean") return;
  if (`.${domain}`.endsWith(`.${dns.zone}`)) return;
  report(
    "dns.zone",
    `${received(dns.zone)} does not hold ${domain}, testfarm:domain; name the zone that does`,
  );
}

/** What the text of a setting means: numbers, flags, lists and objects come as JSON, texts as they are. */
function toJson(field: z.ZodType | undefined, text: string): unknown {
  if (!field || holdsText(field)) return text;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return text; // the schema says what is allowed instead
  }
}

function holdsText(field: z.ZodType): boolean {
  const def: { type: string; innerType?: z.ZodType } = field.def;
  return def.innerType ? holdsText(def.innerType) : ["string", "enum", "literal"].includes(def.type);
}

function toProblem(issue: z.core.$ZodIssue, data: Readonly<Record<string, unknown>>): Problem {
  const path = issue.path
    .map((step) => (typeof step === "number" ? `[${step}]` : `.${String(step)}`))
    .join("");
  const value = issue.path.reduce<unknown>(
    (parent, step) => (parent as Record<PropertyKey, unknown>)[step],
    data,
  );
  return {
    path: namespace + path.slice(1),
    message: value === undefined ? `missing; it ${issue.message}` : `${received(value)} ${issue.message}`,
  };
}

/** Words for what the schema leaves to zod; every other check there carries its own. */
function inWords(issue: z.core.$ZodRawIssue, tier: string | undefined): string | undefined {
  if (issue.code === "invalid_value")
    return `is not offered on tier ${tier}; use ${list(issue.values.map(String))}`;
  if (issue.code === "unrecognized_keys") {
    const known = Object.keys((issue.inst as z.ZodObject | undefined)?.shape ?? {});
    const hints = issue.keys.map((key) => `${key} (did you mean ${closest(key, known)}?)`);
    return `has no setting ${list(hints, "and")}`;
  }
  if (issue.code === "invalid_type") return `must be ${issue.expected}`;
  return undefined;
}

/** Long enough to recognise a value, short enough to keep a private key out of a log when one is pasted by mistake. */
function received(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}

const inClear = (name: SecretName): string =>
  `a secret that stands in clear; treat it as leaked: make a new one, then pulumi config set --secret testfarm:${name}`;

/** Never tells the value: a mistyped name may hide a secret. */
function unknownSetting(name: string, tier: string | undefined): string {
  const elsewhere = tiers.filter((each) => settingsOf(each).includes(name));
  if (tier && elsewhere.length > 0) {
    return `is a setting of tier ${list(elsewhere, "and")}, not of ${tier}; remove it`;
  }
  const known = [...(tier ? settingsOf(tier) : tiers.flatMap(settingsOf)), ...secretNames];
  return `is not a setting${tier ? ` of tier ${tier}` : ""}; did you mean testfarm:${closest(name, known)}?`;
}

function freeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) Object.values(value).forEach(freeze);
  return Object.freeze(value);
}
