/** What the machines of an app find in their environment beside their configuration. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { fixed, get, kind, type Request, secret } from "../../vendor/kind.ts";
import { appName } from "./names.ts";

interface AppSecrets {
  readonly secrets: readonly { readonly name: string; readonly digest: string }[];
  /** Of an answer to a change. */
  readonly version?: number;
}

/** @param values `null` takes one away. Saying it twice is saying it once. */
const set = (app: string, values: Readonly<Record<string, string | null>>): Request => ({
  method: "POST",
  path: `/v1/apps/${app}/secrets`,
  body: { values },
  isRepeatable: true,
});

/** An app that has none has no such resource: its list is empty, which is no error to Fly.io. */
export const hasNoSecrets = (body: unknown): boolean => {
  const { secrets, version } = (body ?? {}) as Partial<AppSecrets>;
  return Array.isArray(secrets) && secrets.length === 0 && version === undefined;
};

const name = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/);

export const secrets = kind({
  description:
    "The secrets of an app. A machine gets them when it starts or is updated: give it `digest`, so that a change does.",
  inputs: z.strictObject({
    app: fixed(appName).describe("Name of the app. A change replaces them."),
    values: secret(
      z
        .record(name, z.string(), { error: "must map names that environment variables can have to texts" })
        .refine((values) => Object.keys(values).length > 0, { error: "must hold one secret at least" }),
    ).describe("Values by name, as environment variables."),
  }),
  outputs: z.object({
    digest: z
      .string()
      .describe(
        "Changes with any secret of the app, also one that was set by somebody else. Tells none of them.",
      ),
  }),
  create: ({ app, values }) => set(app, values),
  created: (_, { app }) => ({ id: app }),
  apply(id, { values }, { values: old = {} }) {
    const changed = Object.entries(values).filter(([each, value]) => old[each] !== value);
    const gone = Object.keys(old).filter((each) => !(each in values));
    return [set(id, Object.fromEntries([...changed, ...gone.map((each) => [each, null] as const)]))];
  },
  read: (id) => ({ all: get<AppSecrets>(`/v1/apps/${id}/secrets`) }),
  tell({ all }, id) {
    const lines = all.secrets.map((each) => `${each.name} ${each.digest}`).toSorted();
    return {
      inputs: { app: id },
      outputs: { digest: createHash("sha256").update(lines.join("\n")).digest("hex") },
    };
  },
  remove: (id, { values = {} }) => [
    set(id, Object.fromEntries(Object.keys(values).map((each) => [each, null]))),
  ],
});
