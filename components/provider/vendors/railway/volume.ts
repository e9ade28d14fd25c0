import { z } from "zod";
import { deletionProtection, fixed, kind } from "../../vendor/kind.ts";
import { type Connection, mutation, page, partsOf, query, searchPages, setting } from "./graphql.ts";
import { type Region, regions } from "./regions.ts";

/** A volume in an environment. */
interface Instance {
  readonly id: string;
  readonly volumeId: string;
  readonly environmentId: string;
  readonly mountPath: string;
  readonly region: string | null;
  readonly state: string | null;
  readonly volume: { readonly name: string; readonly projectId: string };
}

/** A volume is nameless at first. What it is mounted on, which its service decides later, tells until then whose it is. */
const firstMountPath = (name: string): string => `/${name}`;

export const volume = kind({
  description:
    "A disk, which one service mounts (its inputs volume and mountPath). Its id is <volume>/<instance>, as the API has them.",
  isStateful: true,
  inputs: z.strictObject({
    project: fixed(z.string().min(1)).describe("Id of its project. A change replaces it."),
    environment: fixed(z.string().min(1)).describe("Id of its environment. A change replaces it."),
    name: z.string().min(1, { error: "must not be empty" }).describe("Its name in the project."),
    region: z
      .enum(regions, { error: `must be one of ${regions.join(", ")}` })
      .describe("Where it is made. Afterwards Railway moves it to where its service is."),
    deletionProtection,
  }),
  outputs: z.object({
    volume: z.string().describe("Id of the volume, for the service that mounts it."),
  }),
  find: ({ project, environment, name }) =>
    searchPages(
      (after) =>
        query<{
          readonly environment: {
            readonly volumeInstances: Connection<
              Instance & { readonly deletedAt: string | null; readonly isPendingDeletion: boolean }
            >;
          };
        }>(
          `query ($id: String!, $projectId: String!, $after: String) { environment(id: $id, projectId: $projectId) { volumeInstances(after: $after) { ${page("id volumeId mountPath deletedAt isPendingDeletion volume { name }")} } } }`,
          { id: environment, projectId: project, after },
        ),
      (data) => data.environment.volumeInstances,
      (node) =>
        (node.volume.name === name || node.mountPath === firstMountPath(name)) &&
        node.deletedAt === null &&
        !node.isPendingDeletion
          ? `${node.volumeId}/${node.id}`
          : undefined,
    ),
  create: ({ project, environment, name, region }) =>
    mutation<{
      readonly volumeCreate: {
        readonly id: string;
        readonly volumeInstances: {
          readonly edges: readonly { readonly node: Pick<Instance, "id" | "environmentId"> }[];
        };
      };
    }>(
      "mutation ($input: VolumeCreateInput!) { volumeCreate(input: $input) { id volumeInstances { edges { node { id environmentId } } } } }",
      {
        input: {
          projectId: project,
          environmentId: environment,
          region,
          mountPath: firstMountPath(name),
        },
      },
    ),
  created({ data: { volumeCreate } }, { environment }) {
    const instance = volumeCreate.volumeInstances.edges.find(
      ({ node }) => node.environmentId === environment,
    );
    if (instance === undefined)
      throw new Error(
        `Railway has made volume ${volumeCreate.id}, and not yet put it into environment ${environment}. The next pulumi up takes it over.`,
      );
    return { id: `${volumeCreate.id}/${instance.node.id}` };
  },
  isCreatedBare: true,
  apply: (id, { name }, old) =>
    name === old.name
      ? []
      : [
          setting(
            "mutation ($volumeId: String!, $input: VolumeUpdateInput!) { volumeUpdate(volumeId: $volumeId, input: $input) { id } }",
            { volumeId: partsOf(id, "volume", "instance")[0], input: { name } },
          ),
        ],
  read: (id) => ({
    instance: query<{ readonly volumeInstance: Instance }>(
      "query ($id: String!) { volumeInstance(id: $id) { volumeId environmentId region state deletedAt isPendingDeletion volume { name projectId } } }",
      { id: partsOf(id, "volume", "instance")[1] },
    ),
  }),
  progress({ instance: { data } }) {
    const { state } = data.volumeInstance;
    if (state === "ERROR") return { failed: "its state is ERROR; see its page at railway.com" };
    return state === null || state === "READY" ? "ready" : { pending: state };
  },
  tell({ instance: { data } }) {
    const { volumeId, environmentId, region, volume: of } = data.volumeInstance;
    return {
      inputs: {
        project: of.projectId,
        environment: environmentId,
        name: of.name,
        ...(region !== null && { region: region as Region }),
      },
      outputs: { volume: volumeId },
    };
  },
  remove: (id) => [
    setting("mutation ($volumeId: String!) { volumeDelete(volumeId: $volumeId) }", {
      volumeId: partsOf(id, "volume", "instance")[0],
    }),
  ],
});
