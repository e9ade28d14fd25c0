import { type GraphqlBehaviour, Refusal } from "../graphql.ts";
import { hostsOf } from "./networking.ts";
import {
  type Id,
  type Input,
  liveService,
  type Of,
  type Service,
  type Settings,
  type State,
  the,
} from "./state.ts";

/** What runs once has ended some time before that is said of its deployment. */
function look({ projectId, settings, deployments }: Service) {
  const latest = deployments.at(-1);
  if (latest === undefined) return null;
  const runsOnce = settings.restartPolicyType === "NEVER";
  const states = [latest.ends, ...(runsOnce ? ["SUCCESS", "SUCCESS"] : []), "DEPLOYING", "QUEUED", "QUEUED"];
  const status = states[latest.left];
  const deploymentStopped =
    latest.left === 0 ? runsOnce || latest.ends === "CRASHED" : runsOnce && latest.left === 1;
  const end = latest.ends === "CRASHED" ? "CRASHED" : "EXITED";
  latest.left = Math.max(0, latest.left - 1);
  return {
    id: latest.id,
    projectId,
    status,
    deploymentStopped,
    instances: [{ id: "instance-1", status: deploymentStopped ? end : "RUNNING" }],
  };
}

export function serviceBehaviour(state: State): GraphqlBehaviour {
  const { services, volumes, newId, now, outcome } = state;

  function deploy({ settings, deployments }: Service): string {
    const image = settings.source?.image;
    if (!image) throw new Refusal("Cannot deploy a service without a source");
    const id = newId();
    const left = settings.restartPolicyType === "NEVER" ? 5 : 3;
    deployments.push({ id, image, left, ends: outcome.ends });
    return id;
  }

  return {
    /** One with a source is deployed at once, as it is. */
    "POST serviceCreate"({
      input: { name, projectId, source },
    }: Input<{ name: string; projectId: string; source?: { image: string } }>) {
      if ([...services.values()].some((each) => each.name === name && each.deletedAt === null))
        throw new Refusal(`Service name ${name} is already in use`);
      const id = newId();
      const settings = source === undefined ? {} : { source };
      services.set(id, { name, projectId, settings, variables: {}, deployments: [], deletedAt: null });
      if (source !== undefined) deploy(services.get(id)!);
      return { ...services.get(id), id };
    },
    /** The volume that it mounts goes with it, which is the worst that can be. */
    "POST serviceDelete"({ id }: Id) {
      liveService(state, id).deletedAt = now;
      for (const each of volumes.values()) if (each.serviceId === id) each.isPendingDeletion = true;
      return true;
    },
    "GET serviceInstance"({ serviceId, environmentId }: Of) {
      const found = the(services, serviceId, "ServiceInstance");
      const { settings } = found;
      return {
        serviceId,
        environmentId,
        serviceName: found.name,
        deletedAt: found.deletedAt,
        restartPolicyType: "ON_FAILURE",
        restartPolicyMaxRetries: 10,
        ...settings,
        latestDeployment: look(found),
        domains: hostsOf(state, serviceId),
      };
    },
    /** Without `multiRegionConfig` it runs once, and elsewhere (https://github.com/CopilotKit/CopilotKit/pull/5754). */
    "POST serviceInstanceUpdate"({ serviceId, input }: Of & Input<Settings>) {
      const found = liveService(state, serviceId);
      const elsewhere = { "us-west2": { numReplicas: 1 } };
      found.settings = { ...found.settings, multiRegionConfig: elsewhere, ...input };
      return true;
    },
    "POST variableCollectionUpsert"({
      input: { serviceId, variables, replace, skipDeploys },
    }: Input<Of & { variables: Record<string, string>; replace: boolean; skipDeploys: boolean }>) {
      const found = liveService(state, serviceId);
      found.variables = { ...(replace ? {} : found.variables), ...variables };
      if (!skipDeploys && found.deployments.length > 0) deploy(found);
      return true;
    },
    "POST serviceInstanceDeployV2": ({ serviceId }: Of) => deploy(liveService(state, serviceId)),
  };
}
