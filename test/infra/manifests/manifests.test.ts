import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { type Manifests, manifestsOf } from "../../../infra/manifests/manifests.ts";
import { recordProgram } from "../../../infra/testing/index.ts";

const manifests = async (make: () => void): Promise<Manifests> =>
  manifestsOf(await recordProgram(async () => make(), { preview: true }));

const namespace = "farm";
const contentOf = ({ files }: Manifests, name: string): unknown => parse(files.get(name) ?? "");

test("each object is a file, in the order of the program, as kubectl takes it", async () => {
  const made = await manifests(() => {
    const { metadata } = new kubernetes.core.v1.Namespace("space", { metadata: { name: namespace } });
    new kubernetes.core.v1.Service("api", {
      metadata: { name: "api", namespace: metadata.name },
      spec: { ports: [{ port: 3001 }] },
    });
    new random.RandomPassword("password", { length: 32 });
  });
  expect([...made.files.keys()]).toEqual(["001-namespace-farm.yaml", "002-service-farm-api.yaml"]);
  expect(contentOf(made, "002-service-farm-api.yaml")).toEqual({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "api", namespace },
    spec: { ports: [{ port: 3001 }] },
  });
  expect(made.unknown).toEqual([]);
});

test("of a secret only its name and its keys are told", async () => {
  const made = await manifests(() => {
    new kubernetes.core.v1.Secret("api", {
      metadata: { name: "api", namespace },
      stringData: pulumi.secret({ AUTH_SECRET: "canary-auth" }),
    });
  });
  expect(made.secrets).toEqual([{ name: "secret/farm/api", keys: ["AUTH_SECRET"] }]);
  expect([...made.files]).toEqual([]);
});

test("an object that says what only the cloud can tell is left out, with the place", async () => {
  const made = await manifests(() => {
    const { result } = new random.RandomPassword("address", { length: 4 });
    new kubernetes.core.v1.ConfigMap("settings", {
      metadata: { name: "settings", namespace },
      data: { address: result, other: "known" },
    });
  });
  expect(made.unknown).toEqual([{ name: "configmap/farm/settings", places: ["data.address"] }]);
  expect(made.files.size).toBe(0);
});

test("charts are releases of helmfile, and what is secret of their values is to be filled in", async () => {
  const made = await manifests(() => {
    new kubernetes.helm.v3.Release("keda", {
      name: "keda",
      chart: "keda",
      version: "2.20.2",
      namespace: "keda",
      repositoryOpts: { repo: "https://charts.test" },
      values: { replicas: 2, password: pulumi.secret("canary-password") },
    });
  });
  expect(contentOf(made, "helmfile.yaml")).toEqual({
    repositories: [{ name: "keda", url: "https://charts.test" }],
    releases: [
      {
        name: "keda",
        namespace: "keda",
        chart: "keda/keda",
        version: "2.20.2",
        values: [{ replicas: 2, password: "<to be filled in>" }],
      },
    ],
  });
});
