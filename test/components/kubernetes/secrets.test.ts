import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, test } from "vitest";
import { secretsAnnotation } from "../../../infra/contracts/kubernetes.ts";
import { canariesInClear, Secret, type Recording } from "../../../infra/testing/index.ts";
import { canaries, objectNamed, objectOf, resourcesOf, start, variables } from "./recording.ts";

const values = (recording: Recording, name: string) =>
  objectNamed(recording, "Secret", name)["stringData"] as Record<string, string>;

const checksum = (recording: Recording, component: string) => {
  const [found] = ["Deployment", "Job"]
    .flatMap((kind) => resourcesOf(recording, kind))
    .map((resource) => (objectOf(resource) as any).spec.template.metadata)
    .filter(({ labels }) => labels["app.kubernetes.io/component"] === component);
  return found.annotations?.[secretsAnnotation] as string | undefined;
};
const all = ["api", "worker", "browser", "migrate"];

describe("secrets of the stack", () => {
  let application: Recording;
  beforeAll(async () => {
    application = await start();
  });

  test("are one object a role, with what the role reads and nothing else, and nothing for what is not set", () => {
    const names = resourcesOf(application, "Secret").map((resource) => objectOf(resource).metadata.name);
    expect(names.toSorted()).toEqual([...all, "scaler"].toSorted());
    expect(Object.keys(values(application, "api")).toSorted()).toEqual([
      "AUTH_SECRET",
      "DATABASE_DIRECT_URL",
      "DATABASE_URL",
      "REDIS_URL",
    ]);
    expect(Object.keys(values(application, "browser"))).toEqual(["BROWSER_TOKEN"]);
    expect(Object.keys(values(application, "migrate")).toSorted()).toEqual([
      "DATABASE_ADMIN_URL",
      "DATABASE_DIRECT_URL",
    ]);
    for (const resource of resourcesOf(application, "Secret")) {
      expect(resource.inputs["stringData"], resource.name).toBeInstanceOf(Secret);
      expect(objectOf(resource), resource.name).toMatchObject({ type: "Opaque", immutable: false });
    }
  });

  test("another value rolls out the pods that have it, and no others", async () => {
    const changed = await start(() => ({
      variables: {
        ...variables,
        worker: { ...variables.worker, ANTHROPIC_API_KEY: pulumi.secret("canary-model-2") },
      },
    }));
    expect(all.filter((each) => checksum(changed, each) !== checksum(application, each))).toEqual(["worker"]);
  });

  test("the order of variables means nothing", async () => {
    const reversed = Object.fromEntries(Object.entries(variables.api).toReversed());
    const recording = await start(() => ({ variables: { ...variables, api: reversed } }));
    expect(checksum(recording, "api")).toBe(checksum(application, "api"));
  });

  test("what tells of a change tells nothing of the values: with another key it is another", async () => {
    expect(checksum(application, "browser")).toMatch(/^[\da-f]{64}$/);
    const other = await start(() => ({}), {
      respond: () => ({ state: { result: "canary-checksum-other" } }),
    });
    for (const component of all)
      expect(checksum(other, component), component).not.toBe(checksum(application, component));
    expect(canariesInClear(application, canaries)).toEqual([]);
  });

  test("pods without secrets are not told of any", () => {
    expect(checksum(application, "egress")).toBeUndefined();
    expect(checksum(application, "web")).toBeUndefined();
  });
});

describe("secrets of a store", () => {
  let application: Recording;
  beforeAll(async () => {
    application = await start(() => ({
      externalSecrets: { kind: "ClusterSecretStore", store: "vault", prefix: "testfarm/scale/" },
    }));
  });

  test("are read there, an entry a role, and no value comes into the cluster by the stack", () => {
    expect(resourcesOf(application, "Secret")).toEqual([]);
    for (const name of [...all, "scaler"])
      expect(objectNamed(application, "ExternalSecret", name)["spec"], name).toEqual({
        refreshInterval: "1h",
        secretStoreRef: { kind: "ClusterSecretStore", name: "vault" },
        target: { name, creationPolicy: "Owner" },
        dataFrom: [{ extract: { key: `testfarm/scale/${name}` } }],
      });
    expect(JSON.stringify(application.resources.map(({ inputs }) => inputs))).not.toContain("canary");
  });

  test("are mounted all the same, without a checksum that nobody could know", () => {
    const pod = (objectNamed(application, "Deployment", "api") as any).spec.template.spec;
    expect(pod.volumes).toContainEqual({
      name: "secrets",
      secret: { secretName: "api", defaultMode: 0o440 },
    });
    for (const component of all) expect(checksum(application, component), component).toBeUndefined();
  });
});
