import { describe, expect, test } from "vitest";
import { service } from "../../../components/service/index.ts";
import type { RecordedResource, Recording, Value } from "../../../infra/testing/index.ts";
import { canariesInClear } from "../../../infra/testing/index.ts";
import {
  canaries,
  credentials,
  type Given,
  image,
  needs,
  recordService,
  revealed,
  type Role,
  variables,
} from "./recording.ts";

interface Row {
  readonly respond: NonNullable<Given["respond"]>;
  /** The names of what runs each role. */
  readonly runs: Readonly<Record<Role, RegExp>>;
  /** What a role finds in its environment. */
  readonly environmentOf: (recording: Recording, role: Role) => Value | undefined;
  /** How many workers there are. */
  readonly workersIn: (workers: readonly RecordedResource[]) => Value | undefined;
  readonly privateUrl: string;
  readonly url: string;
}

/** One resource a role, which has the role's environment. */
const byRole = {
  runs: { migrate: /^service-migrate$/, api: /^service-api$/, worker: /^service-worker$/ },
  environmentOf: ({ resources }: Recording, role: Role) =>
    revealed(resources.find(({ name }) => name === `service-${role}`)?.inputs["variables"]),
};

/** What each company answers and is asked for. A new one is a row. */
const rows: { readonly [Name in keyof typeof service]?: Row } = {
  railway: {
    ...byRole,
    respond: () => ({
      state: { host: "api-production.up.railway.app", logs: "https://railway.com/project/1" },
    }),
    workersIn: ([worker]) => worker?.inputs["replicas"],
    privateUrl: "http://api.railway.internal:3001",
    url: "https://api-production.up.railway.app",
  },
  render: {
    ...byRole,
    respond: ({ inputs }) => ({
      state: {
        url: "https://testfarm-validation-api.onrender.com",
        host: `${String(inputs["name"])}-x1`,
        dashboardUrl: "https://dashboard.render.com/web/srv-1",
      },
    }),
    workersIn: ([worker]) => worker?.inputs["instances"],
    privateUrl: "http://testfarm-validation-api-x1:3001",
    url: "https://testfarm-validation-api.onrender.com",
  },
};

const keys = ({ resources }: Recording) => resources.map(({ key }) => key).toSorted();

/** What every company that runs the application has to do. */
describe.each(Object.entries(rows))("a service at %s", (name, row) => {
  const start = (given: Given = {}): Promise<Recording> =>
    recordService(service[name as keyof typeof service], { respond: row.respond, ...given });
  const running = ({ resources }: Recording, role: Role): readonly RecordedResource[] =>
    resources.filter((each) => each.custom && row.runs[role].test(each.name));

  test("is one component, whose parts have its name and are its children", async () => {
    const { resources } = await start();
    const components = resources.filter(({ type }) => type.startsWith("testfarm:service:"));
    expect(components.map((each) => each.name)).toEqual(["service"]);
    const parts = resources.filter(({ parent }) => parent === components[0]!.key);
    expect(parts).not.toEqual([]);
    for (const part of parts) expect(part.name).toMatch(/^service-/);
  });

  test("runs the image of the release in every role", async () => {
    const recording = await start();
    for (const role of ["migrate", "api", "worker"] as const) {
      const found = running(recording, role);
      expect(found, role).not.toEqual([]);
      for (const { inputs } of found) expect([role, inputs["image"]]).toEqual([role, image]);
    }
  });

  test("migrates the database before API and workers are of the new release", async () => {
    const recording = await start();
    const migrations = running(recording, "migrate").map(({ key }) => key);
    for (const each of [...running(recording, "api"), ...running(recording, "worker")])
      expect(needs(recording, each).map(({ key }) => key)).toEqual(expect.arrayContaining(migrations));
  });

  test("gives each role what it reads, and nothing of another one", async () => {
    const recording = await start();
    for (const role of ["migrate", "api", "worker"] as const)
      expect(row.environmentOf(recording, role), role).toEqual(variables[role]);
  });

  test("has as many workers as it is asked for", async () => {
    expect(row.workersIn(running(await start(), "worker"))).toBe(3);
    const five = { count: 5, concurrency: 8, memory: 512 } as const;
    expect(row.workersIn(running(await start({ workers: five }), "worker"))).toBe(5);
  });

  test("is reached privately by its page beside it, and by everybody only where the page is elsewhere", async () => {
    const { outputs } = await start();
    expect([outputs["privateUrl"], outputs["url"]]).toEqual([row.privateUrl, undefined]);
    expect((await start({ isPublic: true })).outputs["url"]).toBe(row.url);
  });

  test("tells where its logs are, and when API and workers run", async () => {
    const recording = await start();
    expect(recording.outputs["logs"]).toMatch(/^https:\/\/\S+$/);
    const ready = recording.outputs["ready"] as readonly string[];
    for (const { name: each } of [...running(recording, "api"), ...running(recording, "worker")])
      expect(
        ready.some((urn) => urn.endsWith(`::${each}`)),
        each,
      ).toBe(true);
  });

  test("shows no secret", async () => {
    expect(canariesInClear(await start({ credentials, isPublic: true }), canaries)).toEqual([]);
  });

  test("is not protected: it holds nothing that could get lost", async () => {
    const recording = await start();
    for (const role of ["migrate", "api", "worker"] as const)
      for (const { protect, retainOnDelete } of running(recording, role))
        expect([role, protect, retainOnDelete]).toEqual([role, false, false]);
  });

  test("is the same in a preview, before anything is there", async () => {
    expect(keys(await start({ preview: true }))).toEqual(keys(await start()));
  });
});
