import type Browserbase from "@browserbasehq/sdk";
import { type Contract, integer, object, text } from "./contract.ts";
import { type ContractServer, startContractServer } from "./server.ts";

export const credentials = { apiKey: "canary-key-of-browserbase" };

type Project = Browserbase.Project;

const fields = {
  id: text,
  createdAt: text,
  updatedAt: text,
  name: { type: "string", minLength: 1 },
  ownerId: text,
  defaultTimeout: { type: "integer", minimum: 60, maximum: 21_600 },
  concurrency: { ...integer, minimum: 1 },
} as const satisfies Readonly<Record<keyof Project, object>>;

const contract: Contract = {
  source: "https://docs.browserbase.com/reference/api/get-a-project",
  readAt: "2026-11-26",
  operations: [{ method: "GET", path: "/v1/projects/{id}", answer: object(fields, Object.keys(fields)) }],
};

/** @param projects those that the key opens, by their ids. */
export async function startBrowserbaseApi(
  projects: Readonly<Record<string, Partial<Project>>>,
): Promise<ContractServer & { readonly projects: Map<string, Project> }> {
  const known = new Map(
    Object.entries(projects).map(([id, project]): [string, Project] => [
      id,
      {
        id,
        createdAt: "2026-04-01T00:00:00.000Z",
        updatedAt: "2026-05-25T12:00:00.000Z",
        name: "testfarm",
        ownerId: "owner-1",
        defaultTimeout: 900,
        concurrency: 25,
        ...project,
      },
    ]),
  );
  const server = await startContractServer({
    contract,
    refusal: ({ "x-bb-api-key": key }) =>
      key === credentials.apiKey
        ? undefined
        : {
            status: 401,
            body: { statusCode: 401, error: "Unauthorized", message: `Unauthorized: invalid API key ${key}` },
          },
    behaviour: {
      "GET /v1/projects/{id}"({ params }) {
        const found = known.get(params["id"]!);
        return found === undefined
          ? { status: 404, body: { statusCode: 404, error: "Not Found", message: "Project not found" } }
          : { body: found };
      },
    },
  });
  return { ...server, projects: known };
}
