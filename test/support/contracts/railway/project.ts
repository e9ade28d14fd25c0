import { type GraphqlBehaviour, Refusal } from "../graphql.ts";
import { connection, type Id, type Input, liveService, type Of, type State, the } from "./state.ts";
import { instanceOfVolume } from "./volume.ts";

interface Patch {
  readonly services?: Record<string, { readonly networking?: { readonly tcpProxies?: object } }>;
  readonly buckets?: Record<string, { readonly region?: string; readonly isDeleted?: boolean }>;
}

const within = <Value extends { readonly projectId: string }>(
  map: ReadonlyMap<string, Value>,
  project: string,
) =>
  connection(
    [...map].filter(([, { projectId }]) => projectId === project).map(([id, each]) => ({ ...each, id })),
  );

export function projectBehaviour(state: State): GraphqlBehaviour {
  const { projects, services, volumes, proxies, buckets, newId, now } = state;
  const projectOf = (id: string) => {
    const { environmentId, left, ...found } = the(projects, id, "Project");
    return {
      ...found,
      id,
      primaryEnvironmentId: left > 0 ? null : environmentId,
      services: within(services, id),
      buckets: within(buckets, id),
    };
  };

  const serviceConfig = (id: string, environmentId: string, isDecrypted: boolean) => {
    const { settings, variables } = services.get(id)!;
    const mounted = [...volumes].filter(
      ([, each]) => each.serviceId === id && each.environmentId === environmentId,
    );
    const ports = [...proxies.values()].filter(({ serviceId }) => serviceId === id);
    return {
      variables: Object.fromEntries(
        Object.entries(variables).map(([name, value]) => [name, { value: isDecrypted ? value : null }]),
      ),
      deploy: settings.multiRegionConfig ? { multiRegionConfig: settings.multiRegionConfig } : {},
      volumeMounts: Object.fromEntries(mounted.map(([volume, { mountPath }]) => [volume, { mountPath }])),
      networking: {
        tcpProxies: Object.fromEntries(ports.map(({ applicationPort }) => [applicationPort, {}])),
      },
    };
  };
  const configOf = (environmentId: string, isDecrypted: boolean) => ({
    services: Object.fromEntries(
      [...services.keys()].map((id) => [id, serviceConfig(id, environmentId, isDecrypted)]),
    ),
    buckets: Object.fromEntries(
      [...buckets].flatMap(([id, { region, isDeleted }]) => (region && !isDeleted ? [[id, { region }]] : [])),
    ),
  });

  return {
    "GET projects": ({ workspaceId, after }: { workspaceId: string; after?: string | null }) =>
      connection(
        [...projects].filter(([, each]) => each.workspaceId === workspaceId).map(([id]) => projectOf(id)),
      )({ after: after ?? null }),
    "GET project"({ id }: Id) {
      const answer = projectOf(id);
      projects.get(id)!.left--;
      return answer;
    },
    "POST projectCreate"({ input: { name, workspaceId } }: Input<{ name: string; workspaceId: string }>) {
      const id = newId();
      projects.set(id, { name, workspaceId, deletedAt: null, environmentId: newId(), left: 2 });
      return projectOf(id);
    },
    "POST projectUpdate"({ id, input }: Id & Input<{ readonly name: string }>) {
      Object.assign(the(projects, id, "Project"), input);
      return projectOf(id);
    },
    "POST projectDelete"({ id }: Id) {
      const found = the(projects, id, "Project");
      if (found.deletedAt !== null) throw new Refusal("Project not found");
      found.deletedAt = now;
      return true;
    },

    "GET environment"({ id, projectId }: Id & { readonly projectId: string }) {
      if (the(projects, projectId, "Project").environmentId !== id)
        throw new Refusal("Environment not found");
      return {
        deletedAt: null,
        config: ({ decryptVariables = false }) => configOf(id, decryptVariables),
        volumeInstances: connection(
          [...volumes]
            .filter(([, each]) => each.environmentId === id)
            .map(([volume]) => instanceOfVolume(state, volume)),
        ),
      };
    },
    "POST environmentPatchCommit"({ environmentId, patch }: Of & { readonly patch: Patch }) {
      for (const [serviceId, { networking }] of Object.entries(patch.services ?? {})) {
        liveService(state, serviceId);
        for (const port of Object.keys(networking?.tcpProxies ?? {})) {
          if ([...proxies.values()].some((each) => each.serviceId === serviceId))
            throw new Refusal("Only one TCP proxy is allowed per service instance");
          proxies.set(newId(), { environmentId, serviceId, applicationPort: Number(port), left: 6 });
        }
      }
      for (const [id, change] of Object.entries(patch.buckets ?? {}))
        Object.assign(the(buckets, id, "BucketInstance"), change);
      return newId();
    },
  };
}
