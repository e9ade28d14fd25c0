import { z } from "zod";
import { deletionProtection, fixed, kind } from "../../vendor/kind.ts";
import { type Connection, mutation, page, query, searchPages, setting } from "./graphql.ts";

interface ProjectData {
  readonly project: {
    readonly name: string;
    readonly workspaceId: string | null;
    readonly primaryEnvironmentId: string | null;
  };
}

export const project = kind({
  description:
    "A project with its environment production: what services, volumes and buckets are in, and what goes with them when it is deleted.",
  isStateful: true,
  inputs: z.strictObject({
    name: z.string().min(1, { error: "must not be empty" }).describe("Its name in the workspace."),
    workspace: fixed(z.string().min(1, { error: "must be the id of a workspace" })).describe(
      "Id of the workspace that owns and pays it. A change replaces it.",
    ),
    deletionProtection,
  }),
  outputs: z.object({
    environment: z.string().describe("Id of its oldest environment, production."),
  }),
  find: ({ name, workspace }) =>
    searchPages(
      (after) =>
        query<{
          readonly projects: Connection<{
            readonly id: string;
            readonly name: string;
            readonly deletedAt: string | null;
          }>;
        }>(
          `query ($workspaceId: String!, $after: String) { projects(workspaceId: $workspaceId, after: $after) { ${page("id name deletedAt")} } }`,
          { workspaceId: workspace, after },
        ),
      ({ projects }) => projects,
      (node) => (node.name === name && node.deletedAt === null ? node.id : undefined),
    ),
  create: ({ name, workspace }) =>
    mutation<{ readonly projectCreate: { readonly id: string } }>(
      "mutation ($input: ProjectCreateInput!) { projectCreate(input: $input) { id } }",
      {
        input: {
          name,
          workspaceId: workspace,
          defaultEnvironmentName: "production",
          isPublic: false,
          prDeploys: false,
        },
      },
    ),
  created: ({ data }) => ({ id: data.projectCreate.id }),
  apply: (id, { name }, old) =>
    name === old.name
      ? []
      : [
          setting(
            "mutation ($id: String!, $input: ProjectUpdateInput!) { projectUpdate(id: $id, input: $input) { id } }",
            { id, input: { name } },
          ),
        ],
  read: (id) => ({
    project: query<ProjectData>(
      "query ($id: String!) { project(id: $id) { name workspaceId primaryEnvironmentId deletedAt } }",
      { id },
    ),
  }),
  progress: ({ project: { data } }) =>
    data.project.primaryEnvironmentId === null ? { pending: "its environment is being made" } : "ready",
  tell({ project: { data } }) {
    const { name, workspaceId, primaryEnvironmentId } = data.project;
    return {
      inputs: { name, ...(workspaceId !== null && { workspace: workspaceId }) },
      outputs: primaryEnvironmentId === null ? {} : { environment: primaryEnvironmentId },
    };
  },
  remove: (id) => [setting("mutation ($id: String!) { projectDelete(id: $id) }", { id })],
});
