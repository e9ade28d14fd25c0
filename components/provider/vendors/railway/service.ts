import { isDeepStrictEqual } from "node:util";
import { kind, type Step } from "../../vendor/kind.ts";
import { environmentOf } from "./environment.ts";
import { type Connection, mutation, page, partsOf, query, searchPages, setting } from "./graphql.ts";
import {
  changeHost,
  changeProxy,
  type InstanceData,
  instanceOf,
  privateHostOf,
  proxiesOf,
} from "./networking.ts";
import type { Region } from "./regions.ts";
import { inputs, outputs, type ServiceInputs } from "./service-schema.ts";

/** What `serviceInstanceUpdate` says, and what is deployed again when one of it changes. */
const settings = [
  "image",
  "region",
  "replicas",
  "startCommand",
  "healthPath",
  "healthTimeout",
  "drainSeconds",
  "overlapSeconds",
  "restartPolicy",
  "restartRetries",
  "registryUsername",
  "registryPassword",
] as const;

/**
 * All of them, always: Railway takes one region with one replica where an update leaves `multiRegionConfig` out
 * (https://github.com/CopilotKit/CopilotKit/pull/5754).
 */
const settingsOf = ({ registryUsername, registryPassword, ...said }: ServiceInputs) => ({
  source: { image: said.image },
  multiRegionConfig: { [said.region]: { numReplicas: said.replicas } },
  startCommand: said.startCommand ?? null,
  healthcheckPath: said.healthPath ?? null,
  healthcheckTimeout: said.healthTimeout,
  drainingSeconds: said.drainSeconds,
  overlapSeconds: said.overlapSeconds,
  restartPolicyType: said.restartPolicy,
  restartPolicyMaxRetries: said.restartRetries,
  ...(registryUsername !== undefined && {
    registryCredentials: { username: registryUsername, password: registryPassword },
  }),
});

const mount = (environmentId: string, volumeId: string, input: unknown) =>
  setting(
    "mutation ($volumeId: String!, $environmentId: String!, $input: VolumeInstanceUpdateInput!) { volumeInstanceUpdate(volumeId: $volumeId, environmentId: $environmentId, input: $input) }",
    { volumeId, environmentId, input },
  );

type Instance = InstanceData["serviceInstance"];

/** What a deployment does not come out of. */
const ends = ["FAILED", "CRASHED", "REMOVED", "REMOVING", "SKIPPED"];

/**
 * A container that ends with 0 leaves its deployment at SUCCESS, another end makes it CRASHED
 * (https://docs.railway.com/deployments/deployment-actions#restart-a-crashed-deployment, of 2026-08-21). It is SUCCESS from
 * the container's start on; that CRASHED comes a moment later than the container's own CRASHED is possible (unverified).
 */
function stateOf({ latestDeployment }: Instance): string | undefined {
  const hasCrashed =
    latestDeployment?.deploymentStopped &&
    latestDeployment.instances.some(({ status }) => status === "CRASHED");
  return hasCrashed ? "CRASHED" : latestDeployment?.status;
}
const isRunning = (state: string | undefined) => state === "SUCCESS" || state === "SLEEPING";
const hasEnded = (state: string | undefined) => state === undefined || ends.includes(state);

/** Told as not there, so that what was taken away in the console shows as drift. */
const absent = undefined as never;

const partsOfService = (id: string) => partsOf(id, "project", "environment", "service");
const pageOf = (id: string) => {
  const [projectId, environmentId, serviceId] = partsOfService(id);
  return `https://railway.com/project/${projectId}/service/${serviceId}?environmentId=${environmentId}`;
};

export const service = kind({
  description:
    "Containers of one image. Its id is <project>/<environment>/<service>. A change of what runs is deployed once: the new ones take over when they are healthy, then the old ones drain. With restartPolicy NEVER it is a job instead.",
  patience: 1_200,
  inputs,
  outputs,
  find: ({ project, environment, name }) =>
    searchPages(
      (after) =>
        query<{
          readonly project: {
            readonly services: Connection<{
              readonly id: string;
              readonly name: string;
              readonly deletedAt: string | null;
            }>;
          };
        }>(
          `query ($id: String!, $after: String) { project(id: $id) { services(after: $after) { ${page("id name deletedAt")} } deletedAt } }`,
          { id: project, after },
        ),
      (data) => data.project.services,
      (node) =>
        node.name === name && node.deletedAt === null ? `${project}/${environment}/${node.id}` : undefined,
    ),
  // With an image it would be deployed at once, before its settings are known.
  create: ({ project, environment, name }) =>
    mutation<{ readonly serviceCreate: { readonly id: string } }>(
      "mutation ($input: ServiceCreateInput!) { serviceCreate(input: $input) { id } }",
      { input: { projectId: project, environmentId: environment, name } },
    ),
  created: ({ data }, { project, environment }) => ({
    id: `${project}/${environment}/${data.serviceCreate.id}`,
  }),
  isCreatedBare: true,
  apply(id, news, old) {
    const [projectId, environmentId, serviceId] = partsOfService(id);
    const differs = (...names: readonly (keyof ServiceInputs)[]) =>
      names.some((name) => !isDeepStrictEqual(news[name], old[name]));
    const changes: Step[] = [];
    if (differs(...settings))
      changes.push(
        setting(
          "mutation ($serviceId: String!, $environmentId: String, $input: ServiceInstanceUpdateInput!) { serviceInstanceUpdate(serviceId: $serviceId, environmentId: $environmentId, input: $input) }",
          { serviceId, environmentId, input: settingsOf(news) },
        ),
      );
    if (differs("variables"))
      changes.push(
        setting(
          "mutation ($input: VariableCollectionUpsertInput!) { variableCollectionUpsert(input: $input) }",
          {
            input: {
              projectId,
              environmentId,
              serviceId,
              variables: news.variables,
              replace: true,
              skipDeploys: true,
            },
          },
        ),
      );
    if (old.volume !== undefined && differs("volume"))
      changes.push(mount(environmentId, old.volume, { serviceId: null }));
    if (news.volume !== undefined && differs("volume", "mountPath"))
      changes.push(mount(environmentId, news.volume, { serviceId, mountPath: news.mountPath }));
    return [
      // Before there are variables: with a PORT among them Railway was seen to refuse a first host.
      ...(differs("port") ? changeHost(environmentId, serviceId, news.port) : []),
      ...(differs("tcpPort") ? changeProxy(environmentId, serviceId, news.tcpPort) : []),
      ...changes,
      ...(changes.length === 0
        ? []
        : [
            mutation(
              "mutation ($serviceId: String!, $environmentId: String!) { serviceInstanceDeployV2(serviceId: $serviceId, environmentId: $environmentId) }",
              { serviceId, environmentId },
            ),
          ]),
    ];
  },
  read(id) {
    const [projectId, environmentId, serviceId] = partsOfService(id);
    return {
      instance: instanceOf(environmentId, serviceId),
      environment: environmentOf(projectId, environmentId),
      proxies: proxiesOf(environmentId, serviceId),
    };
  },
  progress({ instance, environment, proxies }) {
    const known = instance.data.serviceInstance;
    const { serviceId, latestDeployment } = known;
    const state = stateOf(known);
    if (latestDeployment === null) return { pending: "its first deployment has not begun" };
    if (hasEnded(state))
      return {
        failed: `its deployment ${latestDeployment.id} is ${state}${state === "CRASHED" ? " by an exit code other than 0" : ""}; its logs are at https://railway.com/project/${latestDeployment.projectId}/service/${serviceId}?id=${latestDeployment.id}`,
      };
    if (!isRunning(state)) return { pending: `its deployment is ${state}` };
    if (known.restartPolicyType === "NEVER" && !latestDeployment.deploymentStopped)
      return { pending: "it has not come to its end" };
    const { tcpProxies = {} } = environment.data.environment.config.services?.[serviceId]?.networking ?? {};
    return Object.keys(tcpProxies).length > proxies.data.tcpProxies.length
      ? { pending: "its TCP proxy is being made" }
      : "ready";
  },
  tell({ instance, environment, proxies }, id) {
    const [project, environmentId, serviceId] = partsOfService(id);
    const known = instance.data.serviceInstance;
    const config = environment.data.environment.config.services?.[serviceId] ?? {};
    const regions = Object.entries(config.deploy?.multiRegionConfig ?? {});
    const [[volume, mounted] = []] = Object.entries(config.volumeMounts ?? {});
    const variables = Object.entries(config.variables ?? {}).flatMap(([name, variable]) =>
      typeof variable?.value === "string" ? [[name, variable.value]] : [],
    );
    const [host] = known.domains.serviceDomains;
    const [proxy] = proxies.data.tcpProxies;
    return {
      inputs: {
        project,
        environment: environmentId,
        name: known.serviceName,
        // A deployment that came to nothing is made again by the next pulumi up.
        ...(known.source?.image && !hasEnded(stateOf(known)) && { image: known.source.image }),
        ...(regions.length > 0 && {
          region: regions.map(([region]) => region).join(" and ") as Region,
          replicas: regions.reduce((sum, [, scale]) => sum + (scale?.numReplicas ?? 0), 0),
        }),
        startCommand: known.startCommand ?? absent,
        healthPath: known.healthcheckPath ?? absent,
        ...(known.healthcheckTimeout !== null && { healthTimeout: known.healthcheckTimeout }),
        ...(known.drainingSeconds !== null && { drainSeconds: known.drainingSeconds }),
        ...(known.overlapSeconds !== null && { overlapSeconds: known.overlapSeconds }),
        restartPolicy: known.restartPolicyType,
        restartRetries: known.restartPolicyMaxRetries,
        variables: Object.fromEntries(variables) as Record<string, string>,
        volume: volume ?? absent,
        mountPath: mounted?.mountPath ?? absent,
        port: host?.targetPort ?? absent,
        tcpPort: proxy?.applicationPort ?? absent,
      },
      outputs: {
        privateHost: privateHostOf(known.serviceName),
        logs: pageOf(id),
        ...(host && { host: host.domain }),
        ...(proxy && { proxyHost: proxy.domain, proxyPort: proxy.proxyPort }),
      },
    };
  },
  /** Its volume stays. */
  remove(id, { volume }) {
    const [, environmentId, serviceId] = partsOfService(id);
    return [
      ...(volume === undefined ? [] : [mount(environmentId, volume, { serviceId: null })]),
      setting("mutation ($id: String!) { serviceDelete(id: $id) }", { id: serviceId }),
    ];
  },
});
