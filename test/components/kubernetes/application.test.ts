import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { beforeAll, describe, expect, test } from "vitest";
import { violationsOf } from "../../../infra/policy/check.ts";
import { canariesInClear, resourceOf, type Recording } from "../../../infra/testing/index.ts";
import { faultsIn } from "../../support/kubernetes-crds/index.ts";
import {
  applicationArgs,
  canaries,
  keyOf,
  objectNamed,
  objectOf,
  objectsOf,
  resourcesOf,
  start,
  variables,
} from "./recording.ts";

let application: Recording;
beforeAll(async () => {
  application = await start();
});

const called = (kind: string, name: string, recording = application) =>
  resourcesOf(recording, kind).find((resource) => objectOf(resource).metadata.name.split("-")[0] === name)!;

/** Keys of all that is there before a resource. */
function before(key: string, recording = application, found = new Set<string>()): Set<string> {
  for (const each of recording.resources.find((one) => one.key === key)!.dependsOn)
    if (!found.has(each)) before(each, recording, found.add(each));
  return found;
}

test("no secret stands anywhere but in a secret", () => {
  expect(canariesInClear(application, canaries)).toEqual([]);
});

test("custom resources are what their definitions say", async () => {
  expect(faultsIn(application)).toEqual([]);
  const store = { kind: "ClusterSecretStore", store: "vault", prefix: "testfarm/" } as const;
  expect(faultsIn(await start(() => ({ externalSecrets: store })))).toEqual([]);
});

test("nothing of it is against the repository's own rules", () => {
  const { images } = applicationArgs();
  const circumstances = {
    tier: "kubernetes",
    ephemeral: false,
    backup: true,
    images: Object.values(images),
  } as const;
  expect(violationsOf(application, circumstances)).toEqual([]);
});

test("a preview knows what would be made", async () => {
  const preview = await start(() => ({}), { preview: true });
  const [seen, made] = [preview, application].map(({ resources }) =>
    resources.map(({ key }) => key).toSorted(),
  );
  expect(seen).toEqual(made);
});

test("every component stands after the migrations, and these after what is open and who they are", () => {
  const migrate = called("Job", "migrate").key;
  const deployments = resourcesOf(application, "Deployment");
  expect(deployments.map(({ inputs }) => objectOf({ inputs } as never).metadata.name).toSorted()).toEqual([
    "api",
    "browser",
    "egress",
    "web",
    "worker",
  ]);
  for (const { key, name } of deployments) expect(before(key), name).toContain(migrate);
  for (const kind of ["NetworkPolicy", "ServiceAccount", "Service"])
    for (const { key, name } of resourcesOf(application, kind).filter(
      (each) => !each.name.includes("-nodes"),
    ))
      expect(before(migrate), name).toContain(key);
  expect(before(migrate)).toContain(called("Secret", "migrate").key);
});

test("nothing starts before what the tier waits for", async () => {
  const recording = await start(() => ({ after: [new random.RandomPassword("database", { length: 8 })] }));
  const { key } = resourceOf(recording, "random:index/randomPassword:RandomPassword", "database");
  expect(before(called("Job", "migrate", recording).key, recording)).toContain(key);
});

test("what is scaled stands before its scaler", () => {
  for (const component of ["worker", "browser"]) {
    const scaler = called("ScaledObject", component).key;
    expect(before(scaler), component).toContain(called("Deployment", component).key);
    expect(before(scaler), component).toContain(called("TriggerAuthentication", "queue").key);
  }
});

test("browsers are not started before their nodes are prepared", () => {
  expect(before(called("Deployment", "browser").key)).toContain(
    resourcesOf(application, "DaemonSet")[0]!.key,
  );
});

test("all of it is made by the cluster's provider, and none of it holds data", () => {
  const objects = application.resources.filter(({ type }) => type.startsWith("kubernetes:"));
  expect(objects.length).toBeGreaterThan(40);
  for (const { provider, protect, retainOnDelete, name } of objects)
    expect({ provider, protect, retainOnDelete }, name).toEqual({
      provider: "pulumi:providers:kubernetes::cluster",
      protect: false,
      retainOnDelete: false,
    });
});

describe("where browsers are Browserbase's", () => {
  test("there is neither a browser of ours nor anything for it", async () => {
    const { browser: _, egress: __, ...others } = variables;
    const recording = await start(() => ({
      browser: "browserbase",
      variables: { ...others, browser: {}, egress: {} },
    }));
    const left = objectsOf(recording).map(keyOf);
    expect(left.filter((key) => /browser|egress|seccomp|nodes/.test(key))).toEqual([]);
    expect(left).toContain("ScaledObject testfarm/worker");
  });
});

describe("without monitoring", () => {
  test("nothing is there for a Prometheus", async () => {
    const recording = await start(() => ({ monitoring: false }));
    for (const kind of ["PodMonitor", "PrometheusRule"])
      expect(resourcesOf(recording, kind), kind).toEqual([]);
    expect(objectsOf(recording).map(keyOf)).not.toContain("ConfigMap testfarm/testfarm-dashboard");
  });
});

const credentials = (registry: string) => () => ({
  credentials: { registry, username: "robot", password: pulumi.secret("canary-registry") },
});

describe("with a registry that asks who pulls", () => {
  test("every pod says who it is, and the password is a secret", async () => {
    const recording = await start(credentials("ghcr.io"));
    expect(canariesInClear(recording, canaries)).toEqual([]);
    for (const kind of ["Deployment", "DaemonSet", "Job"])
      for (const resource of resourcesOf(recording, kind))
        expect(JSON.stringify(resource.inputs), resource.name).toContain(
          '"imagePullSecrets":[{"name":"registry"}]',
        );
    const secrets = resourcesOf(recording, "Secret")
      .map(objectOf)
      .filter(({ metadata }) => metadata.name === "registry");
    expect(secrets.map(({ metadata }) => metadata.namespace).toSorted()).toEqual([
      "testfarm",
      "testfarm-nodes",
    ]);
    for (const { type, stringData } of secrets as unknown as {
      type: string;
      stringData: Record<string, string>;
    }[]) {
      expect(type).toBe("kubernetes.io/dockerconfigjson");
      expect(JSON.parse(stringData[".dockerconfigjson"]!)).toEqual({
        auths: { "ghcr.io": { username: "robot", password: "canary-registry" } },
      });
    }
  });

  test("Docker Hub is named as the kubelet knows it", async () => {
    const recording = await start(credentials("registry-1.docker.io"));
    const [secret] = resourcesOf(recording, "Secret")
      .map(objectOf)
      .filter(({ metadata }) => metadata.name === "registry") as unknown as {
      stringData: Record<string, string>;
    }[];
    expect(Object.keys(JSON.parse(secret!.stringData[".dockerconfigjson"]!).auths)).toEqual([
      "https://index.docker.io/v1/",
    ]);
  });

  test("where everybody may pull there is nothing of it", () => {
    expect(() => objectNamed(application, "Secret", "registry")).toThrow("0 of Secret registry");
    expect(JSON.stringify(application)).not.toContain("imagePullSecrets");
  });
});
