import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { certManager } from "../../../components/charts/cert-manager.ts";
import { cloudNativePg } from "../../../components/charts/cloudnative-pg.ts";
import { Installation } from "../../../components/charts/installation.ts";
import { keda } from "../../../components/charts/keda.ts";
import { traefik } from "../../../components/charts/traefik.ts";
import type { KubernetesPlace } from "../../../infra/contracts/kubernetes.ts";
import { chartNames, charts, type Chart } from "../../../infra/kubernetes/charts.ts";
import { canariesInClear, recordProgram, resourceOf, Secret } from "../../../infra/testing/index.ts";
import { placeOf } from "../kubernetes-place.ts";

type Install = (place: KubernetesPlace) => readonly pulumi.Resource[];

/** Who installs what a cluster may have already; a new one is one more row. */
const installs: Readonly<Record<(typeof chartNames)[number], Install>> = {
  traefik,
  "cert-manager": certManager,
  keda,
  "cloudnative-pg": cloudNativePg,
};

const start = (install: Install, change: Partial<KubernetesPlace> = {}) =>
  recordProgram(
    async () => {
      install(placeOf(change));
    },
    { preview: false },
  );

type Recording = Awaited<ReturnType<typeof start>>;
const releases = ({ resources }: Recording) =>
  resources.filter(({ type }) => type === "kubernetes:helm.sh/v3:Release");
const valuesOf = (recording: Recording, chart: Chart) =>
  releases(recording).find(({ inputs }) => inputs["chart"] === chart)!.inputs["values"] as Record<
    string,
    never
  >;

describe.each(Object.entries(installs))("the chart %s", (name, install) => {
  test("is installed in its exact version, all or nothing, in a namespace of its own", async () => {
    const recording = await start(install);
    const release = releases(recording).find((each) => each.name === name)!;
    const { chart, repository, version } = charts[name as Chart];
    expect(release.inputs).toMatchObject({
      chart,
      version,
      name,
      repositoryOpts: { repo: repository },
      atomic: true,
      timeout: 900,
    });
    const { inputs } = resourceOf(recording, "kubernetes:core/v1:Namespace", `${name}-namespace`);
    expect(inputs["metadata"]).toMatchObject({
      name: release.inputs["namespace"],
      labels: { "pod-security.kubernetes.io/enforce": "restricted" },
    });
  });

  test("is not installed where the cluster has it", async () => {
    const { resources } = await start(install, { has: (chart) => chart === name });
    expect(resources.map((resource) => resource.name)).not.toContain(name);
  });

  test("is installed once, however many need it", async () => {
    const recording = await start((place) => [...install(place), ...install(place)]);
    expect(releases(recording).filter((each) => each.name === name)).toHaveLength(1);
  });

  test("goes with the stack: it holds no data", async () => {
    const { resources } = await start(install);
    expect(resources.filter(({ protect, retainOnDelete }) => protect || retainOnDelete)).toEqual([]);
  });
});

test("what a cluster may have already is what somebody installs", () => {
  expect(Object.keys(installs)).toEqual([...chartNames]);
});

test("cert-manager's values are as its chart defines them, and its definitions outlive it", async () => {
  const schema = parse(
    readFileSync(join(import.meta.dirname, "../../support/chart-schemas/cert-manager.yaml"), "utf8"),
  ) as object;
  const validate = new Ajv({ allErrors: true, strict: false }).compile(schema);
  const values = valuesOf(await start(certManager), "cert-manager");
  validate(values);
  expect(validate.errors ?? []).toEqual([]);
  expect(values["crds"]).toEqual({ enabled: true, keep: true });
});

test("CloudNativePG's plugin comes after it and after cert-manager, in the same namespace", async () => {
  const recording = await start(cloudNativePg);
  const plugin = releases(recording).find(({ name }) => name === "cloudnative-pg-plugin-barman-cloud")!;
  expect(plugin.inputs).toMatchObject({ namespace: "cnpg-system", name: "plugin-barman-cloud" });
  const first = (name: string) => releases(recording).find((each) => each.name === name)!;
  expect(plugin.dependsOn).toEqual(
    expect.arrayContaining([first("cert-manager").key, first("cloudnative-pg").key]),
  );
});

test("webhooks and figures are reached on the port that a private cluster's control plane may use", async () => {
  expect(valuesOf(await start(keda), "keda")).toMatchObject({
    webhooks: { port: 10_250 },
    service: { portHttpsTarget: 10_250 },
  });
  expect(valuesOf(await start(cloudNativePg), "cloudnative-pg")).toMatchObject({ webhook: { port: 10_250 } });
});

test("two of Traefik on different nodes answer streams for as long as they last, and end what they have begun", async () => {
  const transport = {
    respondingTimeouts: { readTimeout: "60s", writeTimeout: "0s", idleTimeout: "180s" },
    lifeCycle: { requestAcceptGraceTimeout: "15s", graceTimeOut: "10s" },
  };
  expect(valuesOf(await start(traefik), "traefik")).toMatchObject({
    deployment: { replicas: 2, terminationGracePeriodSeconds: 30 },
    podDisruptionBudget: { enabled: true, maxUnavailable: 1 },
    topologySpreadConstraints: [
      { topologyKey: "kubernetes.io/hostname" },
      { topologyKey: "topology.kubernetes.io/zone" },
    ],
    ports: { web: { transport }, websecure: { transport } },
    api: { dashboard: false },
    service: { enabled: false },
  });
});

const withData = (keep: boolean) =>
  start((place) => {
    const { ready } = new Installation("redis-ha", {
      cluster: place.cluster,
      namespace: "redis",
      keep,
      secret: { name: "password", data: { auth: pulumi.secret("canary") } },
      values: { "redis-ha": {} },
    });
    return ready;
  });

describe("an installation with data", () => {
  test("is protected and kept with its namespace, with which all of it would go", async () => {
    const kept = (await withData(true)).resources.filter(
      ({ protect, retainOnDelete }) => protect && retainOnDelete,
    );
    expect(kept.map(({ name }) => name)).toEqual(["redis-ha-namespace", "redis-ha-secret", "redis-ha"]);
    expect((await withData(false)).resources.filter(({ protect }) => protect)).toEqual([]);
  });

  test("has its secrets in a Secret, which is there before its pods", async () => {
    const recording = await withData(false);
    const secret = resourceOf(recording, "kubernetes:core/v1:Secret");
    expect((secret.inputs["stringData"] as Secret).reveal()).toEqual({ auth: "canary" });
    expect(releases(recording)[0]!.dependsOn).toContain(secret.key);
    expect(canariesInClear(recording, ["canary"])).toEqual([]);
  });
});
