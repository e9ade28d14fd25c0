import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { secretsAnnotation } from "../../../infra/contracts/kubernetes.ts";
import { type Manifest, type Manifests, manifestsOf } from "../../../infra/manifests/manifests.ts";
import { recordProgram } from "../../../infra/testing/index.ts";

const manifests = async (make: () => void): Promise<Manifests> =>
  manifestsOf(await recordProgram(async () => make(), { preview: true }));

const namespace = "farm";
const paths = ({ files }: Manifests): string[] => files.map(({ path }) => path);
const fileAt = ({ files }: Manifests, path: string) => files.find((file) => file.path === path)!;
const contentOf = (made: Manifests, path: string): unknown => parse(fileAt(made, path).content);
const unknown = () => new random.RandomPassword("unknown", { length: 4 }).result;

const keda = {
  name: "keda",
  chart: "keda",
  version: "2.20.2",
  namespace: "keda",
  repositoryOpts: { repo: "https://charts.test" },
};

test("each object is a file, as kubectl takes it", async () => {
  const made = await manifests(() => {
    new kubernetes.core.v1.Service("api", {
      metadata: { name: "api", namespace },
      spec: { ports: [{ port: 3001 }] },
    });
    new random.RandomPassword("password", { length: 32 });
  });
  expect(paths(made)).toEqual(["3-objects/service.farm.api.yaml"]);
  expect(contentOf(made, "3-objects/service.farm.api.yaml")).toEqual({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "api", namespace },
    spec: { ports: [{ port: 3001 }] },
  });
  expect(fileAt(made, "3-objects/service.farm.api.yaml").places).toEqual([]);
});

test("a directory is what is applied together, after those before it", async () => {
  const made = await manifests(() => {
    const object = (apiVersion: string, kind: string, name: string) =>
      new kubernetes.apiextensions.CustomResource(`${kind}-${name}`, {
        apiVersion,
        kind,
        metadata: { name, ...(apiVersion !== "v1" && { namespace }) },
      });
    object("keda.sh/v1alpha1", "ScaledObject", "api");
    object("apps/v1", "Deployment", "api");
    object("batch/v1", "Job", "migrate");
    object("networking.k8s.io/v1", "NetworkPolicy", "api");
    object("v1", "StorageClass", "disk");
    object("v1", "Namespace", namespace);
    new kubernetes.helm.v3.Release("keda", keda);
  });
  expect(paths(made)).toEqual([
    "1-foundation/namespace.farm.yaml",
    "1-foundation/storageclass.disk.yaml",
    "2-charts/helmfile.yaml",
    "3-objects/networkpolicy.farm.api.yaml",
    "4-migration/job.farm.migrate.yaml",
    "5-workloads/deployment.farm.api.yaml",
    "5-workloads/scaledobject.farm.api.yaml",
  ]);
});

test("no two objects share a file", async () => {
  const made = await manifests(() => {
    new kubernetes.core.v1.ServiceAccount("one", { metadata: { name: "b-c", namespace: "a" } });
    new kubernetes.core.v1.ServiceAccount("two", { metadata: { name: "c", namespace: "a-b" } });
  });
  expect(new Set(paths(made)).size).toBe(2);
});

test("of a secret only its name and its keys are told", async () => {
  const made = await manifests(() => {
    new kubernetes.core.v1.Secret("api", {
      metadata: { name: "api", namespace },
      stringData: pulumi.secret({ AUTH_SECRET: "canary-auth" }),
    });
  });
  expect(made.secrets).toEqual([{ name: "farm/api", keys: ["AUTH_SECRET"] }]);
  expect(made.files).toEqual([]);
});

test("what only the cloud can tell, and what is secret, is to be filled in, with the place", async () => {
  const made = await manifests(() => {
    new kubernetes.core.v1.ConfigMap("settings", {
      metadata: { name: "settings", namespace, annotations: { "cloud.test/address": unknown() } },
      data: { token: pulumi.secret("canary-token"), list: "known" },
    });
  });
  const path = "3-objects/configmap.farm.settings.yaml";
  expect(fileAt(made, path).places).toEqual(["data.token", 'metadata.annotations["cloud.test/address"]']);
  expect(contentOf(made, path)).toMatchObject({
    metadata: { annotations: { "cloud.test/address": "<to be filled in>" } },
    data: { token: "<to be filled in>", list: "known" },
  });
});

test("an object whose name nobody knows yet is named after what the program calls it", async () => {
  const made = await manifests(() => {
    new kubernetes.core.v1.ConfigMap("settings", { metadata: { name: unknown(), namespace } });
  });
  expect(paths(made)).toEqual(["3-objects/configmap.farm.settings.yaml"]);
});

/** Of the pods of a Deployment with these annotations, as its file has it. */
async function podMetadata(annotations: Record<string, pulumi.Input<string>>): Promise<unknown> {
  const labels = { app: "api" };
  const made = await manifests(() => {
    new kubernetes.apps.v1.Deployment("api", {
      metadata: { name: "api", namespace },
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels, annotations } } },
    });
  });
  const [{ content, places }] = made.files as [Manifest];
  expect(places).toEqual([]);
  return (parse(content) as { spec: { template: { metadata: unknown } } }).spec.template.metadata;
}

test("pods carry no checksum of secrets that the files do not have", async () => {
  const checksum = pulumi.secret("canary-checksum");
  expect(await podMetadata({ [secretsAnnotation]: checksum })).toEqual({ labels: { app: "api" } });
  expect(await podMetadata({ [secretsAnnotation]: checksum, mine: "kept" })).toEqual({
    labels: { app: "api" },
    annotations: { mine: "kept" },
  });
});

test("text that YAML 1.1, which kubectl and Helm read, takes for something else is in quotes", async () => {
  const made = await manifests(() => {
    new kubernetes.core.v1.ConfigMap("settings", {
      metadata: { name: "settings", namespace },
      data: { appendonly: "yes", at: "12:30:45" },
    });
  });
  expect(fileAt(made, "3-objects/configmap.farm.settings.yaml").content).toContain(
    'appendonly: "yes"\n  at: "12:30:45"',
  );
});

test("charts are releases of helmfile, and what is secret of their values is to be filled in", async () => {
  const made = await manifests(() => {
    new kubernetes.helm.v3.Release("keda", {
      ...keda,
      atomic: true,
      timeout: 900,
      values: { replicas: 2, password: pulumi.secret("canary-password") },
    });
  });
  expect(contentOf(made, "2-charts/helmfile.yaml")).toEqual({
    repositories: [{ name: "keda", url: "https://charts.test" }],
    releases: [
      {
        name: "keda",
        namespace: "keda",
        chart: "keda/keda",
        version: "2.20.2",
        atomic: true,
        timeout: 900,
        needs: [],
        values: [{ replicas: 2, password: "<to be filled in>" }],
      },
    ],
  });
  expect(fileAt(made, "2-charts/helmfile.yaml").places).toEqual(["releases[0].values[0].password"]);
});

test("a chart waits for those without which it cannot be installed, also by way of other objects", async () => {
  const made = await manifests(() => {
    const first = new kubernetes.helm.v3.Release("first", { ...keda, name: "first" });
    const between = new kubernetes.core.v1.Namespace("between", {}, { dependsOn: first });
    const second = new kubernetes.helm.v3.Release(
      "second",
      { ...keda, name: "second" },
      { dependsOn: between },
    );
    new kubernetes.helm.v3.Release("third", { ...keda, name: "third" }, { dependsOn: second });
  });
  const { releases } = contentOf(made, "2-charts/helmfile.yaml") as {
    releases: { name: string; needs: string[] }[];
  };
  expect(releases.map(({ name, needs }) => [name, needs])).toEqual([
    ["first", []],
    ["second", ["keda/first"]],
    ["third", ["keda/second"]],
  ]);
});
