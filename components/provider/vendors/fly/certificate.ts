/** TLS for a host name of one's own. */
import { z } from "zod";
import { fixed, get, kind, type Request, search } from "../../vendor/kind.ts";
import { appName } from "./names.ts";

interface Page {
  readonly certificates: readonly { readonly hostname: string }[];
  readonly next_cursor?: string;
}

interface Detail {
  readonly hostname: string;
  readonly status: string;
  readonly configured: boolean;
  readonly dns_requirements: {
    readonly a?: readonly string[];
    readonly aaaa?: readonly string[];
    readonly cname?: string;
    readonly acme_challenge?: { readonly name: string; readonly target: string };
    readonly ownership?: { readonly name: string; readonly app_value: string };
  };
}

const page = (app: string, hostname: string, cursor?: string) =>
  get<Page>(`/v1/apps/${app}/certificates`, { filter: hostname, ...(cursor && { cursor }) });

/** Of `<app>/<hostname>`. */
function pathOf(id: string): string {
  const [app, hostname] = id.split("/");
  return `/v1/apps/${app}/certificates/${hostname}`;
}

export const certificate = kind({
  description:
    "A certificate of Let's Encrypt. It is issued once the host name's records are there, which are told: what makes them comes after it, so that nothing waits for it here.",
  inputs: z.strictObject({
    app: fixed(appName).describe("Name of the app that answers. A change replaces it."),
    hostname: fixed(
      z.string().regex(/^(\*\.)?([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/, {
        error: "must be a host name in lower case, such as app.example.com",
      }),
    ).describe("Host name. A change replaces it."),
  }),
  outputs: z.object({
    a: z.array(z.string()).describe("IPv4 addresses for the host name's A records."),
    aaaa: z.array(z.string()).describe("IPv6 addresses for its AAAA records."),
    cname: z.string().describe("What its CNAME record names, in the place of the addresses."),
    challengeName: z.string().describe("Name of the CNAME record that proves that the host is yours."),
    challengeTarget: z.string().describe("What that record names."),
    ownershipName: z
      .string()
      .describe("Name of a TXT record that proves it too, for a host behind another company's proxy."),
    ownershipValue: z.string().describe("What that record says."),
    status: z.string().describe("What Fly.io says of it: active when it is issued."),
    isConfigured: z.boolean().describe("Whether the records were there when it was last looked."),
  }),
  find: ({ app, hostname }) =>
    search(
      page(app, hostname),
      ({ certificates }) =>
        certificates.some((each) => each.hostname === hostname) ? `${app}/${hostname}` : undefined,
      ({ next_cursor }) => (next_cursor ? page(app, hostname, next_cursor) : undefined),
    ),
  create: ({ app, hostname }): Request => ({
    method: "POST",
    path: `/v1/apps/${app}/certificates/acme`,
    body: { hostname },
  }),
  created: (_, { app, hostname }) => ({ id: `${app}/${hostname}` }),
  read: (id) => ({ detail: get<Detail>(pathOf(id)) }),
  tell: ({ detail: { hostname, status, configured, dns_requirements: records } }, id) => ({
    inputs: { app: id.split("/")[0]!, hostname },
    outputs: {
      a: [...(records.a ?? [])],
      aaaa: [...(records.aaaa ?? [])],
      cname: records.cname ?? "",
      challengeName: records.acme_challenge?.name ?? "",
      challengeTarget: records.acme_challenge?.target ?? "",
      ownershipName: records.ownership?.name ?? "",
      ownershipValue: records.ownership?.app_value ?? "",
      status,
      isConfigured: configured,
    },
  }),
  remove: (id) => [{ method: "DELETE", path: pathOf(id) }],
});
