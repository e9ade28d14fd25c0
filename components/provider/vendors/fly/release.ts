/**
 * What flyctl notes down of an app when it deploys, through an API of its own (superfly/flyctl, internal/uiex/releases.go,
 * ad0172f, 2026-08-21).
 */
import { z } from "zod";
import { fixed, get, kind, type Request, search } from "../../vendor/kind.ts";
import { appName } from "./names.ts";

interface FlyRelease {
  readonly id: string;
  readonly version: number;
  readonly status: string;
}

const origin = "https://api.fly.io";
const ask = <Answer>(path: string): Request<Answer> => ({ ...get<Answer>(path), origin });
/** Of `<app>/<release>`. */
const partsOf = (id: string) => id.split("/") as [string, string];
const say = (id: string, status: "complete" | "failed"): Request => ({
  method: "PATCH",
  origin,
  path: `/api/v1/releases/${partsOf(id)[1]}`,
  body: { status, metadata: null },
});

export const release = kind({
  description:
    "A release of an app, as flyctl notes one down. Machines need none; fly-autoscaler 0.3.2 ends with a panic while the app that it scales has none (reconciler_pool.go).",
  inputs: z.strictObject({
    app: fixed(appName).describe("Name of the app. A change replaces it."),
    image: fixed(z.string().min(1)).describe("Image that is noted down. A change replaces it."),
  }),
  outputs: z.object({ version: z.number().describe("Its number, counted from 1 in the app.") }),
  find: ({ app }) =>
    search(
      ask<{ readonly releases: readonly FlyRelease[] }>(`/api/v1/apps/${app}/releases`),
      ({ releases }) => {
        const found = releases.find(({ status }) => status !== "failed");
        return found && `${app}/${found.id}`;
      },
    ),
  create: ({ app, image }): Request<{ readonly release: FlyRelease }> => ({
    method: "POST",
    origin,
    path: "/api/v1/releases",
    body: { app_name: app, build_id: 0, definition: {}, image, strategy: "IMMEDIATE" },
  }),
  created: ({ release: { id } }, { app }) => ({ id: `${app}/${id}` }),
  // It counts once it is complete.
  isCreatedBare: true,
  apply: (id) => [say(id, "complete")],
  read: (id) => ({ current: ask<FlyRelease>(`/api/v1/apps/${partsOf(id)[0]}/releases/current`) }),
  tell: ({ current: { version } }, id) => ({ inputs: { app: partsOf(id)[0] }, outputs: { version } }),
  remove: (id) => [say(id, "failed")],
});
