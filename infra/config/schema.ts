/**
 * What `Pulumi.<stack>.yaml` may say, under `testfarm:`: one discriminated union on `tier`. Every default stands in this
 * folder and nowhere else.
 */
import { z } from "zod";
import { cities } from "../hosts/catalogue.ts";
import { providers } from "../hosts/index.ts";
import type { Placement } from "../hosts/placement.ts";
import { backup } from "./backup.ts";
import { cidr, common, dns, ephemeral } from "./common.ts";
import { kubernetes, type Resolved } from "./kubernetes.ts";
import { fly, paas } from "./managed.ts";
import type { SecretName } from "./secrets.ts";
import { name, whole } from "./values.ts";

/** Ranges from which SSH is reachable. There is no default: only the operator knows where they sit. */
const adminCidrs = z
  .array(
    cidr.refine((range) => !range.endsWith("/0"), {
      error: "would open SSH to everybody; name your own address, for example 203.0.113.7/32",
    }),
    { error: "must be a list of the address ranges that may use SSH, for example 203.0.113.7/32" },
  )
  .min(1, "needs at least one range, for example 203.0.113.7/32 for a single address");

const allowed = "must be hosts with their ports, such as shop.internal:443";

/** Hosts that sessions may open though they are private or on another port than 80 and 443. */
const egressAllow = z
  .array(z.string({ error: allowed }).regex(/^(\[[\da-f:.]+\]|[\w.-]+):\d{1,5}$/i, { error: allowed }), {
    error: "must be a list of hosts with their ports, such as shop.internal:443",
  })
  .default([]);

const publicKey = "must be the content of a public key file such as ~/.ssh/id_ed25519.pub";

const socket = "must be the path of the Docker engine's socket, such as /var/run/docker.sock";

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

/** The values of a stack file, as JSON types; `parseConfig` says what is wrong with one in words. */
export const schema = z.discriminatedUnion("tier", [local, vps, paas, fly, kubernetes]);

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
type Kubernetes = Extract<Settings, { tier: "kubernetes" }>;

/**
 * A parsed, frozen stack configuration. Regions and sizes are the provider's own names, whatever the file says. Which
 * secrets are set is part of it; their content never is.
 */
export type Config = Readonly<
  Exclude<Settings, Vps | Kubernetes> | (Vps & Placement) | (Omit<Kubernetes, keyof Resolved> & Resolved)
> & {
  readonly secrets: readonly SecretName[];
};
export type Tier = Config["tier"];
export type ConfigOf<T extends Tier> = Extract<Config, { tier: T }>;
export type ManagedConfig = ConfigOf<"paas"> | ConfigOf<"fly">;
