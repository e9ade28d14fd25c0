/** Apps with their addresses, secrets and certificates. */
import { createHash } from "node:crypto";
import { flag, integer, listOf, object, oneOf, type Operation, text } from "../contract.ts";
import type { Behaviour, Call, Reply } from "../server.ts";

const app = object(
  {
    id: text,
    name: text,
    network: text,
    status: text,
    machine_count: integer,
    volume_count: integer,
    organization: object({ name: text, slug: text }),
  },
  ["name", "organization"],
);
const assignment = object(
  { ip: text, region: text, shared: flag, egress: flag, service_name: text, created_at: text },
  ["ip", "shared"],
);
const secret = object({ name: text, digest: text, created_at: text, updated_at: text }, ["name", "digest"]);
const certificate = object(
  {
    hostname: text,
    status: text,
    configured: flag,
    acme_requested: flag,
    dns_requirements: object({
      a: listOf(text),
      aaaa: listOf(text),
      cname: text,
      acme_challenge: object({ name: text, target: text }),
      ownership: object({ name: text, app_value: text, org_value: text }),
    }),
  },
  ["hostname", "status", "configured", "dns_requirements"],
);

export const operations: readonly Operation[] = [
  {
    method: "GET",
    path: "/v1/apps",
    query: object({ org_slug: text, app_role: text }, ["org_slug"]),
    answer: object({ apps: listOf(app), total_apps: integer }, ["apps"]),
  },
  {
    method: "POST",
    path: "/v1/apps",
    // `wait` and the answer are of superfly/fly-go, flaps/flaps_apps.go; the document has neither.
    query: object({ wait: oneOf("true", "false") }),
    body: object({ name: text, org_slug: text, network: text, enable_subdomains: flag }, [
      "name",
      "org_slug",
    ]),
    answer: app,
  },
  { method: "GET", path: "/v1/apps/{app}", answer: app },
  { method: "DELETE", path: "/v1/apps/{app}" },
  {
    method: "GET",
    path: "/v1/apps/{app}/ip_assignments",
    answer: object({ ips: listOf(assignment) }, ["ips"]),
  },
  {
    method: "POST",
    path: "/v1/apps/{app}/ip_assignments",
    body: object(
      {
        type: oneOf("v4", "v6", "shared_v4", "private_v6", "egress_v4", "egress_v6", "egress_pair"),
        region: text,
        org_slug: text,
        network: text,
        service_name: text,
      },
      ["type"],
    ),
    answer: assignment,
  },
  { method: "DELETE", path: "/v1/apps/{app}/ip_assignments/{ip}" },
  {
    method: "GET",
    path: "/v1/apps/{app}/secrets",
    query: object({ min_version: text }),
    answer: object({ secrets: listOf(secret) }, ["secrets"]),
  },
  {
    method: "POST",
    path: "/v1/apps/{app}/secrets",
    // Null is of fly-go, flaps/flaps_secrets.go; the document has it in words only.
    body: object({ values: { type: "object", additionalProperties: { type: ["string", "null"] } } }, [
      "values",
    ]),
    answer: object({ secrets: listOf(secret), version: integer }, ["secrets", "version"]),
  },
  {
    method: "GET",
    path: "/v1/apps/{app}/certificates",
    query: object({ filter: text, cursor: text, limit: text }),
    answer: object(
      {
        certificates: listOf(object({ hostname: text, status: text })),
        next_cursor: text,
        total_count: integer,
      },
      ["certificates"],
    ),
  },
  {
    method: "POST",
    path: "/v1/apps/{app}/certificates/acme",
    body: object({ hostname: text }, ["hostname"]),
    answer: certificate,
  },
  { method: "GET", path: "/v1/apps/{app}/certificates/{hostname}", answer: certificate },
  { method: "DELETE", path: "/v1/apps/{app}/certificates/{hostname}" },
];

type NewApp = Pick<FlyApp, "name" | "org_slug" | "network">;
export interface FlyApp {
  readonly name: string;
  readonly org_slug: string;
  readonly network?: string;
  ips: { ip: string; shared: boolean; region: string }[];
  secrets: Map<string, string>;
  certificates: Set<string>;
  version: number;
}

export const newApp = (given: NewApp): FlyApp => ({
  ...given,
  ips: [],
  secrets: new Map(),
  certificates: new Set(),
  version: 0,
});

export const digestOf = (value: string): string =>
  createHash("sha256").update(value).digest("hex").slice(0, 16);

const shown = ({ name, org_slug, network = "default" }: FlyApp) => ({
  id: `id-of-${name}`,
  name,
  network,
  status: "deployed",
  organization: { name: "Farm", slug: org_slug },
});
const shownSecrets = ({ secrets }: FlyApp) =>
  [...secrets].map(([name, value]) => ({ name, digest: digestOf(value) }));
const shownCertificate = (name: string, hostname: string) => ({
  hostname,
  status: "pending_validation",
  configured: false,
  acme_requested: true,
  dns_requirements: {
    a: ["66.241.124.2"],
    aaaa: ["2a09:8280:1::a:1"],
    cname: `${name}.fly.dev`,
    acme_challenge: { name: `_acme-challenge.${hostname}`, target: `${hostname}.k1v5.flydns.net` },
    ownership: { name: `_fly-ownership.${hostname}`, app_value: "app-k1v5", org_value: "org-k1v5" },
  },
});
const addresses = { shared_v4: "66.241.124.2", v6: "2a09:8280:1::a:1", private_v6: "fdaa:0:18:0:1::2" };

const missing = (what: string): Reply => ({ status: 404, body: { error: `${what} not found` } });
const nothing: Reply = { status: 204 };

/** @param secretChanges gets what is said of secrets, change by change. */
export function appBehaviour(
  apps: Map<string, FlyApp>,
  secretChanges: Readonly<Record<string, string | null>>[],
): Behaviour {
  const inApp = (act: (app: FlyApp, call: Call) => Reply) => (call: Call) => {
    const found = apps.get(call.params["app"]!);
    return found === undefined ? missing("app") : act(found, call);
  };
  return {
    "GET /v1/apps": ({ query }) => ({
      body: { apps: [...apps.values()].filter((each) => each.org_slug === query["org_slug"]).map(shown) },
    }),
    "POST /v1/apps"({ body }) {
      const made = newApp(body);
      if (apps.has(made.name))
        return { status: 422, body: { error: "Name has already been taken", status: "name_taken" } };
      apps.set(made.name, made);
      return { status: 201, body: shown(made) };
    },
    "GET /v1/apps/{app}": inApp((found) => ({ body: shown(found) })),
    "DELETE /v1/apps/{app}": inApp(({ name }) => {
      apps.delete(name);
      return { status: 202 };
    }),
    "GET /v1/apps/{app}/ip_assignments": inApp(({ ips }) => ({ body: { ips } })),
    "POST /v1/apps/{app}/ip_assignments": inApp(({ ips }, { body }) => {
      const { type } = body as { readonly type: keyof typeof addresses };
      ips.push({ ip: addresses[type], shared: type === "shared_v4", region: "global" });
      return { body: ips.at(-1) };
    }),
    "DELETE /v1/apps/{app}/ip_assignments/{ip}": inApp(({ ips }, { params }) => {
      const index = ips.findIndex(({ ip }) => ip === params["ip"]);
      if (index === -1) return missing("ip");
      ips.splice(index, 1);
      return nothing;
    }),
    "GET /v1/apps/{app}/secrets": inApp((found) => ({ body: { secrets: shownSecrets(found) } })),
    "POST /v1/apps/{app}/secrets": inApp((found, { body }) => {
      const { values } = body as { readonly values: Readonly<Record<string, string | null>> };
      secretChanges.push(values);
      for (const [name, value] of Object.entries(values))
        if (value === null) found.secrets.delete(name);
        else found.secrets.set(name, value);
      return { body: { secrets: shownSecrets(found), version: ++found.version } };
    }),
    // One a page.
    "GET /v1/apps/{app}/certificates": inApp(({ certificates }, { query }) => {
      const all = [...certificates].filter((each) => each.includes(query["filter"] ?? ""));
      const from = Number(query["cursor"] ?? 0);
      const page = all.slice(from, from + 1).map((hostname) => ({ hostname, status: "pending_validation" }));
      return {
        body: { certificates: page, ...(from + 1 < all.length && { next_cursor: String(from + 1) }) },
      };
    }),
    "POST /v1/apps/{app}/certificates/acme": inApp(({ name, certificates }, { body }) => {
      const { hostname } = body as { readonly hostname: string };
      if (certificates.has(hostname))
        return { status: 422, body: { error: "Hostname already exists on app" } };
      certificates.add(hostname);
      return { status: 201, body: shownCertificate(name, hostname) };
    }),
    "GET /v1/apps/{app}/certificates/{hostname}": inApp(({ name, certificates }, { params }) =>
      certificates.has(params["hostname"]!)
        ? { body: shownCertificate(name, params["hostname"]!) }
        : missing("certificate"),
    ),
    "DELETE /v1/apps/{app}/certificates/{hostname}": inApp(({ certificates }, { params }) =>
      certificates.delete(params["hostname"]!) ? nothing : missing("certificate"),
    ),
  };
}
