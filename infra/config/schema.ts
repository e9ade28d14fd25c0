/**
 * What `Pulumi.<stack>.yaml` may say, under `testfarm:`: one discriminated union on `tier`. Every default stands here
 * and nowhere else.
 */
import { z } from "zod";

/** One text for every way in which a value can miss: what is allowed, so that an error can say it. */
const whole = (min: number, max: number) => {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
};
const name = (error: string) => z.string({ error }).min(1, { error });

const cidr = z.union([z.cidrv4(), z.cidrv6()], {
  error: "must be an address range such as 203.0.113.7/32",
});

/** Ranges from which SSH is reachable. There is no default: only the operator knows where they sit. */
const adminCidrs = z
  .array(
    cidr.refine((range) => !range.endsWith("/0"), {
      error: "would open SSH to everybody; name your own address, for example 203.0.113.7/32",
    }),
    { error: "must be a list of the address ranges that may use SSH, for example 203.0.113.7/32" },
  )
  .min(1, "needs at least one range, for example 203.0.113.7/32 for a single address");

const common = {
  /** Sessions that run at the same time. Each needs about 350 MB of memory. */
  sessions: whole(1, 500),
  /** Address under which people open the page, without a scheme. Default: the server's IP address. */
  domain: z
    .hostname({ error: "must be a host name without a scheme, such as testfarm.example.com" })
    .optional(),
  /** E-mail address of the first owner, who gets in with the output `OWNER_BOOTSTRAP_TOKEN`. Default: any address. */
  ownerEmail: z.email({ error: "must be an e-mail address" }).optional(),
  /** Project at Browserbase, which belongs to the secret `browserbaseApiKey`. Default: browsers of our own. */
  browserbaseProjectId: name("must be a project's id, as Browserbase's dashboard shows it").optional(),
  /** Images of the application and of its page, with tag or digest. Default: built from this repository. */
  image: z
    .strictObject(
      {
        app: name("must be an image such as registry.example.com/testfarm:1.2.3"),
        web: name("must be an image such as registry.example.com/testfarm-web:1.2.3"),
      },
      // Of an unknown key the parser says which known one is nearest.
      { error: ({ code }) => (code === "invalid_type" ? "must name two images, app and web" : undefined) },
    )
    .optional(),
};

const publicKey = "must be the content of a public key file such as ~/.ssh/id_ed25519.pub";

const local = z.strictObject({
  tier: z.literal("local"),
  ...common,
  sessions: common.sessions.default(5),
  /** Port of the page on this machine. */
  port: whole(1, 65_535).default(8443),
});

const vps = z.strictObject({
  tier: z.literal("vps"),
  provider: z.enum(["digitalocean"]).default("digitalocean"),
  ...common,
  sessions: common.sessions.default(5),
  /** Region by the provider's own name. Changing it replaces the server and needs a move of the data. */
  region: name("must be a region by the provider's own name, such as fra1").default("fra1"),
  /** Server by the provider's own name; the default has 2 vCPU and 4 GB. */
  size: name("must be a size by the provider's own name, such as s-2vcpu-4gb").default("s-2vcpu-4gb"),
  /** Size of the data volume in GB. It can grow, never shrink. */
  volumeGb: whole(10, 16_384).default(25),
  adminCidrs,
  /** Public half of the key whose private half is in the operator's SSH agent. */
  sshPublicKey: z
    .string({ error: publicKey })
    .regex(/^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]+=*( .*)?$/, {
      error: publicKey,
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
    .array(z.enum(["madrid", "new-york", "singapore"]), { error: "must be a list of cities" })
    .min(1, "needs at least one city, for example madrid")
    .default(["madrid", "new-york", "singapore"]),
  browser: z.enum(["browserbase", "own"]).default("browserbase"),
});

const kubernetes = z.strictObject({
  tier: z.literal("kubernetes"),
  ...common,
  sessions: common.sessions.default(50),
  cluster: z.enum(["gke", "eks", "aks", "doks", "existing"]).default("gke"),
  /** Region by the cloud's own name. */
  region: name("must be a region by the cloud's own name, such as europe-southwest1").optional(),
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

/** Settings and secrets that are of use only together. */
export const pairs = [
  ["browserbaseApiKey", "browserbaseProjectId"],
  ["trelloApiKey", "trelloApiSecret"],
] as const satisfies readonly (readonly [SecretName, SecretName | keyof typeof common])[];

/** A parsed, frozen stack configuration. Which secrets are set is part of it; their content never is. */
export type Config = Readonly<z.output<typeof schema>> & { readonly secrets: readonly SecretName[] };
export type Tier = Config["tier"];
export type ConfigOf<T extends Tier> = Extract<Config, { tier: T }>;
