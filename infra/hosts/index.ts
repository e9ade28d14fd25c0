import type { Catalogue } from "./catalogue.ts";
import { digitalocean } from "./digitalocean.ts";
import { hetzner } from "./hetzner.ts";
import { linode } from "./linode.ts";
import { vultr } from "./vultr.ts";

export const providers = ["digitalocean", "hetzner", "vultr", "linode"] as const;
export type Provider = (typeof providers)[number];

/** Providers of a server, each with its own names. */
export const catalogues: Readonly<Record<Provider, Catalogue>> = { digitalocean, hetzner, vultr, linode };
