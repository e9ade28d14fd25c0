import { beforeAll, expect, test, vi } from "vitest";
import { closeAll } from "../support/at-end.ts";
import { processTree, stillRunning } from "../support/processes.ts";
import { apiServers, type ControlPlane, type KubernetesObject } from "../support/kubernetes/index.ts";
import { describeWith } from "../support/services.ts";

const deployment = (container: Record<string, unknown> = {}): KubernetesObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "default" },
  spec: {
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: { containers: [{ name: "web", image: "web:1", ...container }] },
    },
  },
});

const farm = (size: number): KubernetesObject => ({
  apiVersion: "test.example/v1",
  kind: "Farm",
  metadata: { name: "one", namespace: "default" },
  spec: { size },
});

await describeWith(apiServers, "an API server", (startApiServer) => {
  let api: ControlPlane;

  beforeAll(async () => {
    api = await startApiServer({ controllers: true });
  });

  test("says of which version it is", async () => {
    expect(await api.kubectl("version")).toMatch(/Client Version: (v1\.\d+\.\d+)\n[^]*Server Version: \1\n/);
  });

  test("refuses a field that the schema does not have, and a value that it does not allow", async () => {
    await expect(api.apply(deployment({ memory: "1Gi" }))).rejects.toThrow(/unknown field.*memory/);
    await expect(api.apply(deployment({ imagePullPolicy: "Sometimes" }))).rejects.toThrow(
      /Unsupported value: "Sometimes"/,
    );
  });

  test("takes an object that is right, of which a controller makes others", async () => {
    await api.apply(deployment());
    await vi.waitFor(async () =>
      expect(await api.get("pods", "--selector=app=web")).toMatchObject({
        items: [{ status: { phase: "Pending" } }],
      }),
    );
  });

  test("checks custom resources by their own schema", async () => {
    const properties = { spec: { type: "object", properties: { size: { type: "integer", minimum: 1 } } } };
    await api.apply({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "farms.test.example" },
      spec: {
        group: "test.example",
        names: { kind: "Farm", plural: "farms", singular: "farm" },
        scope: "Namespaced",
        versions: [
          {
            name: "v1",
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: "object", properties } },
          },
        ],
      },
    });
    await api.kubectl("wait", "--for=condition=Established", "crd/farms.test.example");
    await api.apply(farm(1));
    await expect(api.apply(farm(0))).rejects.toThrow("should be greater than or equal to 1");
  });

  test("holds pods of a namespace to the standard that its label asks for", async () => {
    const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
    await api.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "strict", labels } });
    await api.kubectl("wait", "--for=create", "serviceaccount/default", "--namespace=strict");
    const run = api.kubectl("run", "web", "--image=web:1", "--namespace=strict");
    await expect(run).rejects.toThrow("violates PodSecurity");
  });

  test("lets an account do what a role gives it, and nothing else", async () => {
    const may = (verb: string) =>
      api.kubectl("auth", "can-i", verb, "pods", "--as=system:serviceaccount:default:default").catch(String);
    expect(await may("list")).toContain("no");
    await api.kubectl(
      "create",
      "rolebinding",
      "view",
      "--clusterrole=view",
      "--serviceaccount=default:default",
    );
    expect(await may("list")).toBe("yes\n");
    expect(await may("delete")).toContain("no");
  });

  test("lets a namespace go, with what is in it", async () => {
    await api.kubectl("create", "namespace", "short");
    await api.kubectl("create", "configmap", "one", "--namespace=short");
    await api.kubectl("delete", "namespace", "short", "--timeout=30s");
    expect(await api.kubectl("get", "namespaces")).not.toContain("short");
  });

  test("is gone after the end", async () => {
    const running = await processTree(process.pid);
    await closeAll();
    const left = await stillRunning(running);
    expect(left).toEqual([process.pid]);
    await expect(api.kubectl("version")).rejects.toThrow("kubectl version failed");
  });
});
