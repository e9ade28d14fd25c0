import { ConfigError, parseConfig, type RawConfig } from "../../../infra/config/parse.ts";
import type { Tier } from "../../../infra/config/schema.ts";

/** Settings without the namespace; `undefined` takes one away. */
export type Settings = Readonly<Record<string, string | undefined>>;

/** An image with its digest. */
const pinned = (name: string): string => `registry.test/${name}@sha256:${"0123456789abcdef".repeat(4)}`;

/** The least that each tier asks for. */
export const minimum = {
  local: { tier: "local" },
  vps: { tier: "vps", adminCidrs: '["198.18.7.7/32"]', sshPublicKey: "ssh-ed25519 AAAAC3Nz operator" },
  paas: {
    tier: "paas",
    image: JSON.stringify({ app: pinned("app") }),
    accounts: JSON.stringify({
      cloudflare: "0123456789abcdef".repeat(2),
      railway: "01234567-89ab-cdef-0123-456789abcdef",
      supabase: "acme",
      upstash: "me@acme.test",
    }),
    browserbaseProjectId: "project",
  },
  fly: {
    tier: "fly",
    image: JSON.stringify({ app: pinned("app"), web: pinned("web") }),
    accounts: JSON.stringify({
      cloudflare: "0123456789abcdef".repeat(2),
      fly: "acme",
      upstash: "me@acme.test",
    }),
    browserbaseProjectId: "project",
  },
  kubernetes: {
    tier: "kubernetes",
    project: "farm-project",
    domain: "farm.test",
    adminCidrs: '["198.18.7.7/32"]',
    image: JSON.stringify({ app: pinned("app"), web: pinned("web") }),
  },
} as const satisfies { readonly [T in Tier]: Settings };

/** A stack as the engine hands it over: a minimum, and what is changed in it. */
export function rawOf(base: Settings, change: Settings = {}, secrets: readonly string[] = []): RawConfig {
  const settings = Object.entries({ ...base, ...change }).filter(([, value]) => value !== undefined);
  return {
    file: "Pulumi.test.yaml",
    values: Object.fromEntries(settings.map(([name, value]) => [`testfarm:${name}`, value ?? ""])),
    secretKeys: secrets.map((name) => `testfarm:${name}`),
  };
}

/** What is wrong with a configuration, or with what a reader makes of one: a line for each error. */
export function problemsOf(read: RawConfig | (() => unknown)): string[] {
  return errorOf(read).problems.map(({ path, message }) => `${path}: ${message}`);
}

export function errorOf(read: RawConfig | (() => unknown)): ConfigError {
  try {
    if (typeof read === "function") read();
    else parseConfig(read);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("the configuration was accepted");
}

/** Whether nothing in a value, at any depth, can be changed. */
export const isFrozenInDepth = (value: unknown): boolean =>
  typeof value !== "object" ||
  value === null ||
  (Object.isFrozen(value) && Object.values(value).every(isFrozenInDepth));
