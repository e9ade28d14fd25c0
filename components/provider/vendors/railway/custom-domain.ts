import { z } from "zod";
import { fixed, kind, search } from "../../vendor/kind.ts";
import { mutation, partsOf, query, setting } from "./graphql.ts";
import { whole } from "./service-schema.ts";

interface DomainData {
  readonly customDomain: {
    readonly domain: string;
    readonly environmentId: string;
    readonly serviceId: string;
    readonly targetPort: number | null;
    readonly status: {
      readonly dnsRecords: readonly {
        readonly purpose: string;
        readonly requiredValue: string;
        readonly zone: string;
      }[];
      readonly verificationDnsHost: string | null;
      readonly verificationToken: string | null;
    };
  };
}

const partsOfService = (id: string) => partsOf(id, "project", "environment", "service");
const partsOfDomain = (id: string) => partsOf(id, "project", "domain");

/** Its token comes with and without this. */
const verification = "railway-verify=";

export const customDomain = kind({
  description:
    "A domain of one's own for a service. Its id is <project>/<domain>, as the API has them. It works when both DNS records are there: a CNAME (or ALIAS) of the domain to target, and the TXT record.",
  inputs: z.strictObject({
    service: fixed(
      z.string().regex(/^[^/]+\/[^/]+\/[^/]+$/, {
        error: "must be the id of a Service: <project>/<environment>/<service>",
      }),
    ).describe("Id of the Service that it leads to. A change replaces it."),
    domain: fixed(
      z.string().regex(/^[a-z0-9*-]+(\.[a-z0-9-]+)+$/, { error: "must be a domain such as app.example.com" }),
    ).describe("The domain. A change replaces it."),
    port: whole(1, 65_535).describe("Port of the service that it leads to."),
  }),
  outputs: z.object({
    target: z.string().describe("What the CNAME (or ALIAS) record of the domain has to say."),
    verificationName: z.string().describe("Name of the TXT record."),
    verificationValue: z.string().describe("What the TXT record has to say."),
  }),
  find({ service, domain }) {
    const [projectId, environmentId, serviceId] = partsOfService(service);
    return search(
      query<{
        readonly domains: {
          readonly customDomains: readonly { readonly id: string; readonly domain: string }[];
        };
      }>(
        "query ($projectId: String!, $environmentId: String!, $serviceId: String!) { domains(projectId: $projectId, environmentId: $environmentId, serviceId: $serviceId) { customDomains { id domain } } }",
        { projectId, environmentId, serviceId },
      ),
      ({ data }) => {
        const found = data.domains.customDomains.find((each) => each.domain === domain);
        return found && `${projectId}/${found.id}`;
      },
    );
  },
  create({ service, domain, port }) {
    const [projectId, environmentId, serviceId] = partsOfService(service);
    return mutation<{ readonly customDomainCreate: { readonly id: string } }>(
      "mutation ($input: CustomDomainCreateInput!) { customDomainCreate(input: $input) { id } }",
      { input: { projectId, environmentId, serviceId, domain, targetPort: port } },
    );
  },
  created: ({ data }, { service }) => ({
    id: `${partsOfService(service)[0]}/${data.customDomainCreate.id}`,
  }),
  apply: (id, { service, port }) => [
    setting(
      "mutation ($id: String!, $environmentId: String!, $targetPort: Int) { customDomainUpdate(id: $id, environmentId: $environmentId, targetPort: $targetPort) }",
      { id: partsOfDomain(id)[1], environmentId: partsOfService(service)[1], targetPort: port },
    ),
  ],
  read(id) {
    const [projectId, domainId] = partsOfDomain(id);
    return {
      found: query<DomainData>(
        "query ($id: String!, $projectId: String!) { customDomain(id: $id, projectId: $projectId) { domain environmentId serviceId targetPort deletedAt status { dnsRecords { purpose requiredValue zone } verificationDnsHost verificationToken } } }",
        { id: domainId, projectId },
      ),
    };
  },
  progress: ({ found: { data } }) =>
    data.customDomain.status.verificationToken === null
      ? { pending: "its DNS records are not known yet" }
      : "ready",
  tell({ found: { data } }, id) {
    const { domain, environmentId, serviceId, targetPort, status } = data.customDomain;
    const { dnsRecords, verificationDnsHost: host, verificationToken: token } = status;
    const route = dnsRecords.find(({ purpose }) => purpose === "DNS_RECORD_PURPOSE_TRAFFIC_ROUTE");
    return {
      inputs: {
        service: `${partsOfDomain(id)[0]}/${environmentId}/${serviceId}`,
        domain,
        ...(targetPort !== null && { port: targetPort }),
      },
      outputs: {
        ...(route && { target: route.requiredValue }),
        ...(route &&
          host !== null && {
            verificationName: host.endsWith(route.zone) ? host : `${host}.${route.zone}`,
          }),
        ...(token !== null && {
          verificationValue: token.startsWith(verification) ? token : `${verification}${token}`,
        }),
      },
    };
  },
  remove: (id) => [
    setting("mutation ($id: String!) { customDomainDelete(id: $id) }", { id: partsOfDomain(id)[1] }),
  ],
});
