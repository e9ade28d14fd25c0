/**
 * What `Pulumi.<stack>.yaml` may say, under `testfarm:`: one discriminated union on `tier`. Every default stands in this
 * folder and nowhere else.
 */
import { closest } from "fastest-levenshtein";
import { z } from "zod";
import { cities } from "../hosts/catalogue.ts";
import { providers } from "../hosts/index.ts";
import type { Placement } from "../hosts/placement.ts";
import { ruleIds } from "../policy/ids.ts";
import { backup } from "./backup.ts";
import { name, whole } from "./values.ts";

/** In lower case, as browsers send it and DNS answers, and without the dot behind it that only zone files know. */
const hostname = (error: string) => z.hostname({ error }).regex(/[^.]$/, { error }).toLowerCase();

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

const reason = "must say why the rule may be broken here";

/** One rule that this stack may break (infra/policy/). */
const waiver = z.strictObject(
  {
    rule: z.enum(ruleIds, {
      error: ({ input }) =>
        typeof input === "string"
          ? `is not a rule; did you mean ${closest(input, [...ruleIds])}?`
          : "must be the id of a rule in docs/policy.md",
    }),
    reason: z.string({ error: reason }).regex(/\S/, { error: reason }),
  },
  { error: ({ code }) => (code === "invalid_type" ? "must name a rule and a reason" : undefined) },
);

const common = {
  /** Sessions that run at the same time. Each needs about 350 MB of memory. */
  sessions: whole(1, 500),
  /** Address under which people open the page, without a scheme. Default: the server's IP address. */
  domain: hostname("must be a host name without a scheme, such as testfarm.example.com").optional(),
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
  /**
   * Account that may read `image` at its registry, with the secret `registryPassword`, a password or a token. Default: what
   * `docker login` left on the machine where Pulumi runs, if anything.
   */
  registryUsername: name("must be the name of an account at the images' registry").optional(),
  /** Rules that `up` lets pass though the stack breaks them, each with a reason, which is printed. Nothing else does. */
  waive: z.array(waiver, { error: "must be a list of rules, each with a reason" }).default([]),
};

const allowed = "must be hosts with their ports, such as shop.internal:443";

/** Hosts that sessions may open though they are private or on another port than 80 and 443. */
const egressAllow = z
  .array(z.string({ error: allowed }).regex(/^(\[[\da-f:.]+\]|[\w.-]+):\d{1,5}$/i, { error: allowed }), {
    error: "must be a list of hosts with their ports, such as shop.internal:443",
  })
  .default([]);

const publicKey = "must be the content of a public key file such as ~/.ssh/id_ed25519.pub";

const socket = "must be the path of the Docker engine's socket, such as /var/run/docker.sock";

/**
 * Whether all of the stack may go with it, its data too: nothing is then protected or kept. For previews and drills; to be
 * said before the first `up`.
 */
const ephemeral = z.boolean({ error: "must be true or false" }).default(false);

const local = z.strictObject({
  tier: z.literal("local"),
  ...common,
  sessions: common.sessions.default(5),
  egressAllow,
  ephemeral,
  backup,
  /** Port of the page on this machine. */
  httpsPort: whole(1, 65_535).default(443),
  /** The engine, by the path of its socket on this machine. */
  socket: z.string({ error: socket }).regex(/^\//, { error: socket }).default("/var/run/docker.sock"),
});

/** Which server, and where: names of our own, or the provider's (infra/hosts/). */
export const server = z.object({
  provider: z.enum(providers).default("digitalocean"),
  /** The city that the server is in or near to. Not together with `region`. Default: `homeCity`. */
  near: z.enum(cities).optional(),
  /** Region by the provider's own name. Another one is refused once there is data: its volume cannot move. */
  region: z.string().optional(),
  /**
   * `small` (2 vCPU, 4 GB or more), `medium` (4, 8), `large` (6, 16), or by the provider's own name. Another one restarts
   * the server.
   */
  size: z.string().default("small"),
});
export const homeCity = "madrid";

/** Seconds for which others may keep what a record says; the most that there is: RFC 2181, section 8. */
const ttl = (min: number) => whole(min, 2 ** 31 - 1).default(300);
const automatic = "must be 1 (automatic) or a whole number from 60 to 86400";
const noZone = "is of use only to cloudflare and digitalocean; name one, or remove it";
const zoneId = "must be the id of a zone at Cloudflare, 32 hexadecimal digits, not its name";
const zoneName = "must be the name of a domain at DigitalOcean, such as example.com";

/** Who makes the record of `domain` in a zone that is there already; none: somebody, by hand, as `DNS_RECORDS` says. */
const dns = z
  .discriminatedUnion(
    "provider",
    [
      z.strictObject({
        provider: z.literal("none"),
        zone: z.never({ error: noZone }).optional(),
        ttl: ttl(0),
      }),
      z.strictObject({
        provider: z.literal("cloudflare"),
        zone: z.string({ error: zoneId }).regex(/^[\da-f]{32}$/, { error: zoneId }),
        /** Of its plans only Enterprise goes down to 30: `ttl` of DnsRecord in @pulumi/cloudflare 6.22.1. */
        ttl: z
          .int({ error: automatic })
          .refine((seconds) => seconds === 1 || (seconds >= 60 && seconds <= 86_400), { error: automatic })
          .default(300),
      }),
      z.strictObject({
        provider: z.literal("digitalocean"),
        zone: hostname(zoneName),
        /** The API refuses less than 30: https://github.com/neatnik/omg.lol/issues/37, 2021-07-25. */
        ttl: ttl(30),
      }),
    ],
    {
      error: ({ code }) =>
        code === "invalid_union"
          ? "must be none, cloudflare or digitalocean"
          : "must name a provider with its zone, such as provider: digitalocean and zone: example.com",
    },
  )
  .prefault({ provider: "none" });
export type DnsProvider = z.output<typeof dns>["provider"];

/** What a record is made of; `parseConfig` compares the two. */
export const records = z.object({ domain: common.domain, dns });

const hostKey = "must be an Ed25519 key as ssh-keyscan prints it, ssh-ed25519 AAAA..., without the address";

const vps = z.strictObject({
  tier: z.literal("vps"),
  ...server.shape,
  ...common,
  sessions: common.sessions.default(5),
  egressAllow,
  ephemeral,
  backup,
  /** Any word, such as a date; another one, or none again, replaces the server and leaves address and data as they are. */
  rebuild: name("must be a word of your choice, such as 2026-11-25").default(""),
  /** Public key by which the server is known. Default: read at the first contact, and kept in Pulumi's state. */
  hostKey: z
    .string({ error: hostKey })
    .regex(/^ssh-ed25519 [A-Za-z0-9+/]+=*$/, { error: hostKey })
    .optional(),
  /** Size of the data volume in GB. It can grow, never shrink. */
  volumeGb: whole(10, 16_384).default(25),
  adminCidrs,
  dns,
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
  "backupAccessKeyId",
  "backupSecretAccessKey",
  "registryPassword",
] as const;
export type SecretName = (typeof secretNames)[number];

/** Settings and secrets that are of use only together. */
export const pairs = [
  ["browserbaseApiKey", "browserbaseProjectId"],
  ["trelloApiKey", "trelloApiSecret"],
  ["registryUsername", "registryPassword"],
  ["backup", "backupAccessKeyId"],
  ["backupAccessKeyId", "backupSecretAccessKey"],
] as const satisfies readonly (readonly [
  SecretName | "backup" | keyof typeof common,
  SecretName | keyof typeof common,
])[];

type Settings = z.output<typeof schema>;
type Vps = Extract<Settings, { tier: "vps" }>;

/**
 * A parsed, frozen stack configuration. Region and size of a server are the provider's own names, whatever the file says.
 * Which secrets are set is part of it; their content never is.
 */
export type Config = Readonly<Exclude<Settings, Vps> | (Vps & Placement)> & {
  readonly secrets: readonly SecretName[];
};
export type Tier = Config["tier"];
export type ConfigOf<T extends Tier> = Extract<Config, { tier: T }>;
