/** Releases, as flyctl notes them down: superfly/flyctl, internal/uiex/releases.go. */
import { flag, integer, listOf, object, oneOf, type Operation, type Schema, text } from "../contract.ts";
import type { Behaviour } from "../server.ts";
import type { FlyApp } from "./apps.ts";

const release = object(
  {
    id: text,
    version: integer,
    stable: flag,
    in_progress: flag,
    status: text,
    strategy: text,
    user: text,
    created_at: text,
    image_ref: text,
  },
  ["id", "version", "status"],
);
const anything: Schema = {};

export const operations: readonly Operation[] = [
  {
    method: "GET",
    path: "/api/v1/apps/{app}/releases",
    query: object({ limit: text }),
    answer: object({ releases: listOf(release) }, ["releases"]),
  },
  { method: "GET", path: "/api/v1/apps/{app}/releases/current", answer: release },
  {
    method: "POST",
    path: "/api/v1/releases",
    body: object(
      {
        app_name: text,
        build_id: integer,
        definition: anything,
        image: text,
        strategy: oneOf("BLUEGREEN", "CANARY", "IMMEDIATE", "ROLLING", "ROLLING_ONE", "SIMPLE"),
      },
      ["app_name", "build_id", "definition", "image", "strategy"],
    ),
    answer: object({ release }, ["release"]),
  },
  {
    method: "PATCH",
    path: "/api/v1/releases/{release}",
    body: object({ status: text, metadata: anything }, ["status", "metadata"]),
    answer: anything,
  },
];

export interface FlyRelease {
  readonly app: string;
  readonly id: string;
  readonly version: number;
  status: string;
}

/** @param releases newest last. */
export function releaseBehaviour(apps: ReadonlyMap<string, FlyApp>, releases: FlyRelease[]): Behaviour {
  const shown = ({ id, version, status }: FlyRelease) => ({ id, version, status });
  const of = (app: string | undefined) => releases.filter((each) => each.app === app).toReversed();
  const missing = { status: 404, body: { error: "not found" } };
  return {
    "GET /api/v1/apps/{app}/releases": ({ params }) => ({ body: { releases: of(params["app"]).map(shown) } }),
    // Only complete ones count.
    "GET /api/v1/apps/{app}/releases/current"({ params }) {
      const found = of(params["app"]).find(({ status }) => status === "complete");
      return found === undefined ? missing : { body: shown(found) };
    },
    "POST /api/v1/releases"({ body }) {
      const { app_name: app } = body as { readonly app_name: string };
      if (!apps.has(app)) return missing;
      const version = of(app).length + 1;
      const made: FlyRelease = { app, id: `release-${releases.length + 1}`, version, status: "pending" };
      releases.push(made);
      return { status: 201, body: { release: shown(made) } };
    },
    "PATCH /api/v1/releases/{release}"({ params, body }) {
      const found = releases.find(({ id }) => id === params["release"]);
      if (found === undefined) return missing;
      found.status = (body as { readonly status: string }).status;
      return { body: { release: shown(found) } };
    },
  };
}
