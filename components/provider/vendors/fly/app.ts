/** An app and its addresses. */
import { z } from "zod";
import { fixed, get, kind, type Request, search } from "../../vendor/kind.ts";
import { appName, organization, organizationOf } from "./names.ts";

interface FlyApp {
  readonly name: string;
  readonly network?: string;
  readonly organization: { readonly slug: string };
}

interface Assignment {
  readonly ip: string;
  readonly shared?: boolean;
  readonly egress?: boolean;
}
interface Assignments {
  readonly ips: readonly Assignment[];
}

/** Addresses that an app can have, and what Fly.io calls them. */
const addressTypes = { sharedIpv4: "shared_v4", ipv6: "v6", flycast: "private_v6" } as const;
type AddressType = keyof typeof addressTypes;
const allTypes = Object.keys(addressTypes) as readonly AddressType[];

/** `undefined` for one that is not ours to give or take: an IPv4 address of its own, one for outgoing traffic. */
function typeOf({ ip, shared, egress }: Assignment): AddressType | undefined {
  if (egress) return undefined;
  if (shared) return "sharedIpv4";
  if (ip.startsWith("fdaa:")) return "flycast";
  return ip.includes(":") ? "ipv6" : undefined;
}

const assignments = (app: string) => get<Assignments>(`/v1/apps/${app}/ip_assignments`);
const assign = (app: string, type: AddressType): Request => ({
  method: "POST",
  path: `/v1/apps/${app}/ip_assignments`,
  body: { type: addressTypes[type] },
});
const release = (app: string, { ip }: Assignment): Request => ({
  method: "DELETE",
  path: `/v1/apps/${app}/ip_assignments/${encodeURIComponent(ip)}`,
});

const hasAddress = z.boolean({ error: "must be true or false" }).default(false);

export const app = kind({
  description: "An app: the name, addresses and secrets of a group of machines.",
  inputs: z.strictObject({
    name: fixed(appName).describe(
      "Its name, and its host below fly.dev; one for all of Fly.io. A change replaces it.",
    ),
    organization: fixed(organization).describe("Slug of the organization. A change replaces it."),
    network: fixed(z.string().min(1).optional()).describe(
      "Private network of its machines. Default: the organization's, in which its apps reach each other. A change replaces it.",
    ),
    sharedIpv4: hasAddress.describe(
      "Whether it has a public IPv4 address that it shares with other apps. Default false.",
    ),
    ipv6: hasAddress.describe("Whether it has a public IPv6 address. Default false."),
    flycast: hasAddress.describe(
      "Whether the proxy takes requests from the organization's network at <name>.flycast. Default false.",
    ),
  }),
  outputs: z.object({
    hostname: z.string().describe("Where its public addresses answer."),
    addresses: z.record(z.string(), z.string()).describe("Its addresses by the inputs that ask for them."),
  }),
  find: ({ name, organization: slug }) =>
    search(
      get<{ readonly apps: readonly FlyApp[] }>("/v1/apps", { org_slug: slug }),
      ({ apps }) => apps.find((each) => each.name === name)?.name,
    ),
  create: ({ name, organization: slug, network }): Request => ({
    method: "POST",
    path: "/v1/apps",
    // Machines of an app that is not known everywhere yet are refused.
    query: { wait: "true" },
    body: { name, org_slug: slug, ...(network !== undefined && { network }) },
  }),
  created: (_, { name }) => ({ id: name }),
  isCreatedBare: true,
  apply(id, inputs, old) {
    const missing = allTypes.filter((type) => inputs[type] && !old[type]);
    const surplus = allTypes.filter((type) => !inputs[type] && old[type]);
    const releaseSurplus = ({ ips }: Assignments) =>
      ips.filter((each) => surplus.some((type) => type === typeOf(each))).map((each) => release(id, each));
    return [
      ...missing.map((type) => assign(id, type)),
      ...(surplus.length === 0 ? [] : [assignments(id), releaseSurplus]),
    ];
  },
  read: (id) => ({ app: get<FlyApp>(`/v1/apps/${id}`), assigned: assignments(id) }),
  tell({ app: { name, network, organization: owner }, assigned: { ips } }) {
    const addresses = Object.fromEntries(
      ips.flatMap((each) => {
        const type = typeOf(each);
        return type === undefined ? [] : [[type, each.ip]];
      }),
    ) as { [Type in AddressType]?: string };
    return {
      inputs: {
        name,
        ...organizationOf(owner),
        ...(network && network !== "default" && { network }),
        sharedIpv4: "sharedIpv4" in addresses,
        ipv6: "ipv6" in addresses,
        flycast: "flycast" in addresses,
      },
      outputs: { hostname: `${name}.fly.dev`, addresses: addresses as Record<string, string> },
    };
  },
  remove: (id) => [{ method: "DELETE", path: `/v1/apps/${id}` }],
});
