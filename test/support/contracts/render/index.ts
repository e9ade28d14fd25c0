import type { IncomingHttpHeaders } from "node:http";
import { type Behaviour, type ContractServer, type Reply, startContractServer } from "../server.ts";
import { contract } from "./contract.ts";
import { type Addresses, databaseBehaviour, type Databases, missing } from "./databases.ts";
import { serviceBehaviour } from "./services.ts";
import type { Services } from "./state.ts";

export const credentials = { apiKey: "rnd_canary_key_of_render" };
export const ownerId = "tea-cq1owner";

export interface RenderServer extends ContractServer, Services, Databases {
  /** Registry credentials, with the secret that is never told. */
  readonly registryCredentials: Map<
    string,
    { name: string; registry: string; username: string; authToken: string }
  >;
}

/** @param addresses of the PostgreSQL and the Redis that every database and store stands for. Default: none. */
export async function startRender(
  addresses: Addresses = {
    postgres: {
      internal: "postgresql://farm_user:canary-password-of-postgres@dpg-cq1-a/farm",
      external:
        "postgresql://farm_user:canary-password-of-postgres@dpg-cq1-a.frankfurt-postgres.render.com:5432/farm",
    },
    redis: {
      internal: "redis://red-cq1:6379",
      external: "rediss://red-cq1:canary-password-of-valkey@frankfurt-keyvalue.render.com:6379",
    },
  },
): Promise<RenderServer> {
  const registryCredentials: RenderServer["registryCredentials"] = new Map();
  const services = serviceBehaviour();
  const databases = databaseBehaviour(addresses);
  const server = await startContractServer({
    contract,
    refusal: refusalOf,
    malformed: (message) => ({ status: 400, body: { message } }),
    behaviour: {
      ...services.behaviour,
      ...databases.behaviour,
      ...credentialBehaviour(registryCredentials),
    },
  });
  return { ...server, ...services.state, ...databases.state, registryCredentials };
}

/** With the service `srv-1`, which never came up. */
export async function startWithService(): Promise<RenderServer> {
  const server = await startRender();
  server.services.set("srv-1", {
    type: "web_service",
    name: "testfarm-validation-api",
    ownerId,
    image: { imagePath: "registry.test/farm/app" },
    envVars: [],
    serviceDetails: { region: "frankfurt", plan: "standard", numInstances: 1 },
    suspended: false,
    patches: [],
    deploys: [],
    runs: [],
    domains: new Map(),
  });
  return server;
}

const refusalOf = ({ authorization = "" }: IncomingHttpHeaders): Reply | undefined =>
  authorization === `Bearer ${credentials.apiKey}`
    ? undefined
    : { status: 401, body: { message: `unauthorized: ${authorization}` } };

function credentialBehaviour(all: RenderServer["registryCredentials"]): Behaviour {
  const shown = (id: string) => {
    const { authToken: _, ...told } = all.get(id)!;
    return { id, ...told, updatedAt: "2026-11-26T10:00:00Z" };
  };
  const known = (id: string, reply: () => Reply): Reply => (all.has(id) ? reply() : missing(id));
  return {
    "GET /v1/registrycredentials": ({ query }) => ({
      body: [...all.keys()].map(shown).filter(({ name }) => name === query["name"]),
    }),
    "POST /v1/registrycredentials"({ body }) {
      const { ownerId: _, ...given } = body as { ownerId: string } & Parameters<typeof all.set>[1];
      const id = `rgc-${all.size + 1}`;
      all.set(id, given);
      return { body: shown(id) };
    },
    "GET /v1/registrycredentials/{id}": ({ params: { id } }) => known(id!, () => ({ body: shown(id!) })),
    "PATCH /v1/registrycredentials/{id}": ({ params: { id }, body }) =>
      known(id!, () => {
        all.set(id!, body);
        return { body: shown(id!) };
      }),
    "DELETE /v1/registrycredentials/{id}": ({ params: { id } }) =>
      all.delete(id!) ? { status: 204 } : missing(id!),
  };
}
