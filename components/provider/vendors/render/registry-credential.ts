import { z } from "zod";
import { fixed, get, kind, type Request, search, secret } from "../../vendor/kind.ts";
import { name, ownerId } from "./common.ts";

const registries = ["GITHUB", "GITLAB", "DOCKER", "GOOGLE_ARTIFACT", "AWS_ECR"] as const;

interface Credential {
  readonly id: string;
  readonly name: string;
  readonly registry: (typeof registries)[number];
  readonly username: string;
}

const inputs = z.strictObject({
  name,
  ownerId,
  registry: fixed(z.enum(registries, { error: `must be one of ${registries.join(", ")}` })).describe(
    "Whose registry it is. A change replaces it.",
  ),
  username: z.string().min(1).describe("Account that pulls."),
  token: secret(z.string().min(1)).describe(
    "Its token, which needs to read packages only. Services take a new one at their next deploy.",
  ),
});

const settingsOf = ({ name: called, registry, username, token }: z.output<typeof inputs>) => ({
  name: called,
  registry,
  username,
  authToken: token,
});

export const registryCredential = kind({
  description: "What Render pulls images of a private registry with.",
  inputs,
  outputs: z.object({}),
  find: ({ name: called, ownerId: owner }) =>
    search(
      get<readonly Credential[]>("/v1/registrycredentials", { name: called, ownerId: owner, limit: "100" }),
      (page) => page.find((each) => each.name === called)?.id,
    ),
  create: (given): Request<{ readonly id: string }> => ({
    method: "POST",
    path: "/v1/registrycredentials",
    body: { ...settingsOf(given), ownerId: given.ownerId },
  }),
  created: ({ id }) => ({ id }),
  // All of it or nothing: that is how Render has it.
  apply: (id, now) => [{ method: "PATCH", path: `/v1/registrycredentials/${id}`, body: settingsOf(now) }],
  read: (id) => ({ credential: get<Credential>(`/v1/registrycredentials/${id}`) }),
  tell: ({ credential: { name: called, registry, username } }) => ({
    inputs: { name: called, registry, username },
    outputs: {},
  }),
  remove: (id) => [{ method: "DELETE", path: `/v1/registrycredentials/${id}` }],
});
