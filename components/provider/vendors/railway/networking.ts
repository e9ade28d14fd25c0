/** How a service is reached from outside, and what else of it one query tells. */
import type { Step } from "../../vendor/kind.ts";
import { commit } from "./environment.ts";
import type { Reply } from "../../vendor/graphql.ts";
import { mutation, query, setting } from "./graphql.ts";

export interface InstanceData {
  readonly serviceInstance: {
    readonly serviceId: string;
    readonly serviceName: string;
    readonly source: { readonly image: string | null } | null;
    readonly startCommand: string | null;
    readonly healthcheckPath: string | null;
    readonly healthcheckTimeout: number | null;
    readonly drainingSeconds: number | null;
    readonly overlapSeconds: number | null;
    readonly restartPolicyType: "ALWAYS" | "ON_FAILURE" | "NEVER";
    readonly restartPolicyMaxRetries: number;
    readonly latestDeployment: {
      readonly id: string;
      readonly projectId: string;
      readonly status: string;
      /** Whether all of its containers have ended. */
      readonly deploymentStopped: boolean;
      readonly instances: readonly { readonly status: string }[];
    } | null;
    readonly domains: {
      readonly serviceDomains: readonly {
        readonly id: string;
        readonly domain: string;
        readonly targetPort: number | null;
      }[];
    };
  };
}

/** Within its project, by its name there (https://docs.railway.com/networking/private-networking). */
export const privateHostOf = (service: string): string => `${service}.railway.internal`;

/** A service in an environment. */
export const instanceOf = (environmentId: string, serviceId: string) =>
  query<InstanceData>(
    "query ($environmentId: String!, $serviceId: String!) { serviceInstance(environmentId: $environmentId, serviceId: $serviceId) { serviceId serviceName deletedAt source { image } startCommand healthcheckPath healthcheckTimeout drainingSeconds overlapSeconds restartPolicyType restartPolicyMaxRetries latestDeployment { id projectId status deploymentStopped instances { status } } domains { serviceDomains { id domain targetPort } } } }",
    { environmentId, serviceId },
  );

/** Its name below up.railway.app. */
export const changeHost = (
  environmentId: string,
  serviceId: string,
  targetPort: number | undefined,
): readonly Step[] => [
  instanceOf(environmentId, serviceId),
  ({ data }: Reply<InstanceData>) => {
    const [host] = data.serviceInstance.domains.serviceDomains;
    if (host === undefined)
      return [
        mutation(
          "mutation ($input: ServiceDomainCreateInput!) { serviceDomainCreate(input: $input) { id } }",
          { input: { environmentId, serviceId, targetPort } },
        ),
      ];
    if (targetPort === undefined)
      return [setting("mutation ($id: String!) { serviceDomainDelete(id: $id) }", { id: host.id })];
    return [
      setting("mutation ($input: ServiceDomainUpdateInput!) { serviceDomainUpdate(input: $input) }", {
        input: { serviceDomainId: host.id, domain: host.domain, environmentId, serviceId, targetPort },
      }),
    ];
  },
];

interface ProxiesData {
  readonly tcpProxies: readonly {
    readonly id: string;
    readonly domain: string;
    readonly proxyPort: number;
    readonly applicationPort: number;
  }[];
}

export const proxiesOf = (environmentId: string, serviceId: string) =>
  query<ProxiesData>(
    "query ($environmentId: String!, $serviceId: String!) { tcpProxies(environmentId: $environmentId, serviceId: $serviceId) { id domain proxyPort applicationPort } }",
    { environmentId, serviceId },
  );

/** There is one for each service. `tcpProxyCreate` is deprecated in favour of the environment's configuration. */
export const changeProxy = (
  environmentId: string,
  serviceId: string,
  port: number | undefined,
): readonly Step[] => [
  proxiesOf(environmentId, serviceId),
  ({ data }: Reply<ProxiesData>) =>
    data.tcpProxies
      .filter(({ applicationPort }) => applicationPort !== port)
      .map(({ id }) => setting("mutation ($id: String!) { tcpProxyDelete(id: $id) }", { id })),
  ...(port === undefined
    ? []
    : [
        commit(
          environmentId,
          { services: { [serviceId]: { networking: { tcpProxies: { [port]: {} } } } } },
          "Reach a service by TCP",
        ),
      ]),
];
