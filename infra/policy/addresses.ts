import { Secret, type RecordedResource, type Value } from "../plan/record.ts";
import type { Finding, Rule } from "./rule.ts";
import { isMapping } from "./values.ts";

/** Nearest: checkov CKV_GCP_6, CKV_AZURE_29, trivy GCP-0015 (a database that takes connections without TLS). */
export const databaseTls: Rule = {
  says: "A database or Redis outside a private network is reached by TLS, and its certificate is verified.",
  severity: "error",
  check: ({ resources }) =>
    resources.flatMap((resource): Finding[] => [
      ...(resource.type === "testfarm:supabase:Project" && resource.inputs["tlsOnly"] === false
        ? [{ resource, message: "takes connections without TLS; give it `tlsOnly: true`" }]
        : []),
      ...placesOf(resource).map(({ place, fix }) => ({
        resource,
        message: `is told of a database that it would reach without verified TLS, in ${place}; ${fix}`,
      })),
    ]),
};

/** By scheme: what an address has to be like where others could listen. */
const fixes: Readonly<Record<string, (url: URL) => string | undefined>> = {
  "postgres:": needsVerification,
  "postgresql:": needsVerification,
  "redis:": () => "write rediss:// for redis://",
};

function needsVerification({ searchParams }: URL): string | undefined {
  return searchParams.get("sslmode") === "verify-full" ? undefined : "add sslmode=verify-full to it";
}

/** Addresses in inputs, secret ones too, as `variables.DATABASE_URL`. What only a provider can tell is not seen. */
function placesOf({ inputs }: RecordedResource): { readonly place: string; readonly fix: string }[] {
  const search = (value: Value, place: string): { place: string; fix: string }[] => {
    if (value instanceof Secret) return search(value.reveal(), place);
    if (Array.isArray(value)) return value.flatMap((each, index) => search(each, `${place}[${index}]`));
    if (isMapping(value))
      return Object.entries(value).flatMap(([key, each]) => search(each, `${place}.${key}`));
    // A line `NAME=value` of a container's environment.
    const fix = typeof value === "string" ? fixOf(value.replace(/^[A-Za-z_]\w*=/, "")) : undefined;
    return fix === undefined ? [] : [{ place, fix }];
  };
  return Object.entries(inputs).flatMap(([name, value]) => search(value, name));
}

function fixOf(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !Object.hasOwn(fixes, url.protocol) || isPrivate(url.hostname)) return undefined;
  return fixes[url.protocol]?.(url);
}

/**
 * Names without a dot are of Docker's or Render's networks; Railway's and Fly.io's end in `internal`, Fly.io's databases in
 * `flympg.net`, which is an address of its private network, and a cluster's Services in `svc`.
 */
const isPrivate = (host: string): boolean =>
  host === "" ||
  (!host.includes(".") && !host.includes(":")) ||
  /\.(internal|flycast|flympg\.net|localhost|svc|svc\.cluster\.local)$/.test(host) ||
  /^(127|10|192\.168|172\.(1[6-9]|2\d|3[01]))\./.test(host) ||
  /^\[(::1|f[cd])/.test(host);
