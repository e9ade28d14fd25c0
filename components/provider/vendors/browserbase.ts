/** Browserbase's API (https://docs.browserbase.com/reference/api/get-a-project; @browserbasehq/sdk 2.21.0; read 2026-11-26). */
import { z } from "zod";
import { fixed, get, kind, vendor } from "../vendor/kind.ts";

/** What is used of the answer to a question for a project. */
interface Found {
  readonly id: string;
  readonly name: string;
  readonly concurrency: number;
  readonly defaultTimeout: number;
}

const projectOf = (id: string) => get<Found>(`/v1/projects/${encodeURIComponent(id)}`);

/** @throws when the plan is too small. */
const checkConcurrency =
  (sessions: number) =>
  ({ name, concurrency }: Found): readonly [] => {
    if (sessions <= concurrency) return [];
    throw new Error(
      `sessions is ${sessions}, and Browserbase's project ${name} runs at most ${concurrency} at the same time. Set testfarm:sessions to ${concurrency} or less, or raise the plan at https://www.browserbase.com/settings, and run pulumi up again.`,
    );
  };

export const project = kind({
  description: "A project that is there: it is looked up and checked, and neither made nor deleted.",
  inputs: z.strictObject({
    project: fixed(z.string().min(1, { error: "must be the id of a project" })).describe(
      "Its id. A change replaces it.",
    ),
    sessions: z
      .int({ error: "must be a whole number from 1" })
      .min(1, { error: "must be 1 at least" })
      .describe("How many sessions there are to be at the same time: its plan has to allow them."),
  }),
  outputs: z.object({
    name: z.string().describe("Its name."),
    concurrency: z.number().describe("How many sessions its plan allows at the same time."),
    defaultTimeout: z
      .number()
      .describe("Seconds after which a session ends that asks for no time of its own."),
  }),
  create: ({ project: id }) => projectOf(id),
  created: ({ id }) => ({ id }),
  isCreatedBare: true,
  apply: (id, { sessions }, old) =>
    sessions === old.sessions ? [] : [projectOf(id), checkConcurrency(sessions)],
  read: (id) => ({ found: projectOf(id) }),
  tell: ({ found: { name, concurrency, defaultTimeout } }, id) => ({
    inputs: { project: id },
    outputs: { name, concurrency, defaultTimeout },
  }),
  remove: () => [],
});

export const browserbase = vendor({
  title: "Browserbase",
  origin: "https://api.browserbase.com",
  credentials: z.object({ apiKey: z.string() }),
  headers: ({ apiKey }) => ({ "x-bb-api-key": apiKey }),
  messageIn(body) {
    const { message } = (body ?? {}) as { readonly message?: unknown };
    return typeof message === "string" ? message : undefined;
  },
  advice({ status }) {
    if (status === 401 || status === 403)
      return "Copy the API key of the project's page at https://www.browserbase.com/settings, and set testfarm:browserbaseApiKey";
    return status === 404
      ? "Copy the project's id from https://www.browserbase.com/settings to testfarm:browserbaseProjectId; it must be a project of testfarm:browserbaseApiKey"
      : undefined;
  },
  kinds: { Project: project },
});
