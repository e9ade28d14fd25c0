/** What vendors refuse beyond the types of their inputs: regions and sizes that they do not have, and what cannot shrink. */
import type { Properties } from "../../../components/provider/contract.ts";
import { unknown } from "../../../components/provider/wire.ts";
import type { Catalogue, Size } from "../../../infra/hosts/catalogue.ts";
import { catalogues } from "../../../infra/hosts/index.ts";
import { cloudflareRefusals } from "./cloudflare.ts";
import { awsRefusals } from "./clouds/aws.ts";
import { azureRefusals } from "./clouds/azure.ts";
import { doksRefusals } from "./clouds/doks.ts";
import { gcpRefusals } from "./clouds/gcp.ts";

/** @returns the vendor's words, `undefined` where it takes the inputs. Without `old` they make something new. */
export type Refusal = (inputs: Properties, old?: Properties) => string | undefined;

const first =
  (...refusals: readonly Refusal[]): Refusal =>
  (inputs, old) =>
    refusals.map((refusal) => refusal(inputs, old)).find((reason) => reason !== undefined);

const among =
  (field: string, known: readonly string[]): Refusal =>
  ({ [field]: value }) =>
    value === undefined || value === unknown || known.includes(String(value))
      ? undefined
      : `422 ${field} ${JSON.stringify(value)} is not available`;

/** A filesystem lies on it, which no vendor makes smaller. */
const growing =
  (field: string): Refusal =>
  (inputs, old) =>
    Number(inputs[field]) < Number(old?.[field])
      ? `422 ${field} ${String(inputs[field])} is less than ${String(old?.[field])}: a volume cannot shrink`
      : undefined;

/**
 * "Downgrading is not supported": https://docs.vultr.com/products/compute/optimized-cloud-compute/management/resize-instance,
 * 2026-05-26.
 */
const upgradesOnly =
  (field: string, sizes: Readonly<Record<string, Size>>): Refusal =>
  (inputs, old) => {
    const [now, before] = [sizes[String(inputs[field])], sizes[String(old?.[field])]];
    return now && before && now.memoryGb < before.memoryGb
      ? `400 Invalid plan: ${String(inputs[field])} is smaller than ${String(old?.[field])}`
      : undefined;
  };

const { digitalocean, hetzner, vultr, linode } = catalogues;
const sizesOf = ({ sizes }: Catalogue): string[] => Object.keys(sizes);

export const refusals: Readonly<Record<string, Refusal>> = {
  ...cloudflareRefusals,
  ...awsRefusals,
  ...azureRefusals,
  ...doksRefusals,
  ...gcpRefusals,
  "digitalocean:index/droplet:Droplet": first(
    among("region", digitalocean.regions),
    among("size", sizesOf(digitalocean)),
  ),
  "digitalocean:index/volume:Volume": first(among("region", digitalocean.regions), growing("size")),
  "digitalocean:index/reservedIp:ReservedIp": among("region", digitalocean.regions),
  "hcloud:index/server:Server": first(
    among("location", hetzner.regions),
    among("serverType", sizesOf(hetzner)),
  ),
  "hcloud:index/volume:Volume": first(among("location", hetzner.regions), growing("size")),
  "vultr:index/instance:Instance": first(
    among("region", vultr.regions),
    among("plan", sizesOf(vultr)),
    upgradesOnly("plan", vultr.sizes),
  ),
  "vultr:index/blockStorage:BlockStorage": first(among("region", vultr.regions), growing("sizeGb")),
  "linode:index/instance:Instance": first(among("region", linode.regions), among("type", sizesOf(linode))),
  "linode:index/volume:Volume": first(among("region", linode.regions), growing("size")),
};
