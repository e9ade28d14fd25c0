/**
 * Render makes the name with www beside a root domain by itself, and the other way round, and redirects it; it has to be told to look
 * for the record in DNS (https://render.com/docs/custom-domains, read 2026-11-26).
 */
import { z } from "zod";
import { fixed, get, kind, type Request, search } from "../../vendor/kind.ts";

interface Domain {
  readonly name: string;
  readonly verificationStatus: "verified" | "unverified";
}

const pathOf = (id: string): string => {
  const [service, domain] = id.split("/");
  return `/v1/services/${service}/custom-domains/${domain}`;
};

export const customDomain = kind({
  description:
    "A host name of one's own for a web_service, whose record in DNS names the service's own host.",
  inputs: z.strictObject({
    serviceId: fixed(z.string().regex(/^srv-/, "must be the id of a service, srv-...")).describe(
      "The service that answers. A change replaces it.",
    ),
    name: fixed(
      z.string().regex(/^(?!-)[a-z\d-]+(\.[a-z\d-]+)+$/, "must be a host name such as app.example.com"),
    ).describe("The host name. A change replaces it."),
    hasRecord: z
      .boolean({ error: "must be true or false" })
      .default(false)
      .describe(
        "Whether its record is in DNS, so that Render looks for it when this becomes true. Default false.",
      ),
  }),
  outputs: z.object({
    isVerified: z.boolean().describe("Whether Render has found the record in DNS."),
  }),
  find: ({ serviceId, name }) =>
    search(
      get<readonly { readonly customDomain: Domain }[]>(`/v1/services/${serviceId}/custom-domains`, {
        name,
        limit: "100",
      }),
      (page) => (page.some((each) => each.customDomain.name === name) ? `${serviceId}/${name}` : undefined),
    ),
  create: ({ serviceId, name }): Request => ({
    method: "POST",
    path: `/v1/services/${serviceId}/custom-domains`,
    body: { name },
  }),
  created: (_, { serviceId, name }) => ({ id: `${serviceId}/${name}` }),
  isCreatedBare: true,
  apply: (id, { hasRecord }) =>
    hasRecord ? [{ method: "POST", path: `${pathOf(id)}/verify`, isRepeatable: true }] : [],
  read: (id) => ({ domain: get<Domain>(pathOf(id)) }),
  tell: ({ domain: { name, verificationStatus } }, id) => ({
    inputs: { serviceId: id.split("/")[0]!, name },
    outputs: { isVerified: verificationStatus === "verified" },
  }),
  remove: (id) => [{ method: "DELETE", path: pathOf(id) }],
});
