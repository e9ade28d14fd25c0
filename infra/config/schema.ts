/**
 * What `Pulumi.<stack>.yaml` may say, under `testfarm:`: one discriminated union on `tier`. Every default stands here
 * and nowhere else.
 */
import { z } from "zod";

const cidr = z.union([z.cidrv4(), z.cidrv6()], {
  error: "must be an address range such as 203.0.113.7/32",
});

/** Ranges from which SSH is reachable. There is no default: only the operator knows where they sit. */
const adminCidrs = z
  .array(
    cidr.refine((range) => !range.endsWith("/0"), {
      error: "would open SSH to everybody; name your own address, for example 203.0.113.7/32",
    }),
  )
  .min(1, "needs at least one range, for example 203.0.113.7/32 for a single address");

const common = {
  /** Sessions that run at the same time. Each needs about 350 MB of memory. */
  sessions: z.int().min(1).max(500),
  /** Address under which people open the page, without a scheme. Default: the server's IP address. */
  domain: z.hostname().optional(),
  /** The application's image with its tag or digest. Default: built from this repository. */
  image: z.string().min(1).optional(),
};

const local = z.strictObject({
  tier: z.literal("local"),
  ...common,
  sessions: common.sessions.default(5),
  /** Port of the page on this machine. */
  port: z.int().min(1).max(65_535).default(8443),
});

const vps = z.strictObject({
  tier: z.literal("vps"),
  provider: z.enum(["digitalocean"]).default("digitalocean"),
  ...common,
  sessions: common.sessions.default(5),
  /** Region by the provider's own name. Changing it replaces the server and needs a move of the data. */
  region: z.string().min(1).default("fra1"),
  /** Server by the provider's own name; the default has 2 vCPU and 4 GB. */
  size: z.string().min(1).default("s-2vcpu-4gb"),
  /** Size of the data volume in GB. It can grow, never shrink. */
  volumeGb: z.int().min(10).max(16_384).default(25),
  adminCidrs,
  /** Public half of the key whose private half is in the operator's SSH agent. */
  sshPublicKey: z
    .string()
    .regex(/^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]+=*( .*)?$/, {
      error: "must be the content of a public key file such as ~/.ssh/id_ed25519.pub",
    }),
});

const paas = z.strictObject({
  tier: z.literal("paas"),
  ...common,
  sessions: common.sessions.default(20),
  service: z.enum(["railway", "render"]).default("railway"),
  web: z.enum(["vercel", "netlify", "platform"]).default("vercel"),
  database: z.enum(["supabase", "neon", "platform"]).default("supabase"),
  cache: z.enum(["upstash", "platform", "none"]).default("upstash"),
  bucket: z.enum(["r2"]).default("r2"),
  browser: z.enum(["browserbase", "own"]).default("browserbase"),
});

const fly = z.strictObject({
  tier: z.literal("fly"),
  ...common,
  sessions: common.sessions.default(30),
  /** Where the application runs, by city. */
  regions: z
    .array(z.enum(["madrid", "new-york", "singapore"]))
    .min(1)
    .default(["madrid", "new-york", "singapore"]),
  browser: z.enum(["browserbase", "own"]).default("browserbase"),
});

const kubernetes = z.strictObject({
  tier: z.literal("kubernetes"),
  ...common,
  sessions: common.sessions.default(50),
  cluster: z.enum(["gke", "eks", "aks", "doks", "existing"]).default("gke"),
  /** Region by the cloud's own name. */
  region: z.string().min(1).optional(),
});

/** The values of a stack file, as JSON types; `parseConfig` says what is wrong with one in words. */
export const schema = z.discriminatedUnion("tier", [local, vps, paas, fly, kubernetes]);

/** Values that a stack file holds encrypted (`pulumi config set --secret testfarm:<name>`), never in clear. */
export const secretNames = [
  "anthropicApiKey",
  "trelloApiKey",
  "trelloApiSecret",
  "browserbaseApiKey",
] as const;
export type SecretName = (typeof secretNames)[number];

/** A parsed, frozen stack configuration. Which secrets are set is part of it; their content never is. */
export type Config = Readonly<z.output<typeof schema>> & { readonly secrets: readonly SecretName[] };
export type Tier = Config["tier"];
export type ConfigOf<T extends Tier> = Extract<Config, { tier: T }>;
