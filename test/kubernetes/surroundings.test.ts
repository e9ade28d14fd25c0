import { join } from "node:path";
import { beforeAll, expect, test, vi } from "vitest";
import { pulumiCli } from "../engine/find-cli.ts";
import { define } from "../support/kubernetes-crds/define.ts";
import {
  apiServers,
  kubernetesProvider,
  type ControlPlane,
  type KubernetesObject,
} from "../support/kubernetes/index.ts";
import { describeWith } from "../support/services.ts";
import { playBalancers, playCloudNativePg } from "./others.ts";
import { engineOf } from "./engine.ts";
import { playNodes } from "./pods-of-nobody.ts";

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const canaries = ["canary-cache", "canary-owner", "canary-service"];
const address = "192.0.2.7";
/** Of whatever there is at least one: resource of the API, and namespace. */
const made = [
  ["services", "traefik"],
  ["ingressroutes.traefik.io", "testfarm"],
  ["middlewares.traefik.io", "testfarm"],
  ["certificates.cert-manager.io", "testfarm"],
  ["gateways.gateway.networking.k8s.io", "testfarm"],
  ["httproutes.gateway.networking.k8s.io", "testfarm"],
  ["clusters.postgresql.cnpg.io", "postgres"],
  ["poolers.postgresql.cnpg.io", "postgres"],
  ["scheduledbackups.postgresql.cnpg.io", "postgres"],
  ["networkpolicies", "postgres"],
  ["networkpolicies", "redis"],
  ["networkpolicies", "seaweedfs"],
  ["poddisruptionbudgets", "seaweedfs"],
  ["secrets", "redis"],
  ["secrets", "seaweedfs"],
] as const;

interface Found extends KubernetesObject {
  readonly metadata: KubernetesObject["metadata"] & { readonly uid: string };
  readonly status?: any;
}

await describeWith(
  apiServers,
  "edges and stores in a cluster, by Pulumi's engine and its real provider",
  async (startApiServer) => {
    // They are built here where they have to be, which takes longer than a test may.
    const [cli, provider] = await Promise.all([pulumiCli.find(), kubernetesProvider()]);
    let api: ControlPlane;
    let pulumi: (environment: { readonly DOMAIN?: string }, ...args: string[]) => Promise<string>;

    beforeAll(async () => {
      api = await startApiServer({ controllers: true });
      await define(api);
      playNodes(api);
      playBalancers(api, address);
      playCloudNativePg(api);
      const program = join(import.meta.dirname, "fixtures/surroundings");
      ({ pulumi } = await engineOf(cli!, provider, api.kubeconfig, program));
    });

    const objects = async (kind: string, namespace: string): Promise<readonly Found[]> =>
      (await api.get<{ items: readonly Found[] }>(kind, "--namespace", namespace)).items;
    /** By kind and namespace, the ids that the API server has given them. */
    const ids = async () => {
      const found: Record<string, readonly string[]> = {};
      for (const [kind, namespace] of made)
        found[`${kind} in ${namespace}`] = (await objects(kind, namespace)).map(
          ({ metadata }) => metadata.uid,
        );
      return found;
    };

    test("come up once the load balancer has its address, which the domain's record says", async () => {
      const told = await pulumi({}, "up", "--yes", "--skip-preview");
      for (const canary of canaries) expect(told).not.toContain(canary);
      for (const [what, uids] of Object.entries(await ids())) expect(uids, what).not.toEqual([]);
      const [entrance] = await objects("services", "traefik");
      expect(entrance!.status.loadBalancer.ingress).toMatchObject([{ ip: address }]);
      expect(JSON.parse(await pulumi({}, "stack", "output", "records", "--json"))).toEqual([
        { name: "farm.test", type: "A", value: address },
      ]);
    });

    test("what is there is what the program says: nothing is to do", async () => {
      expect(await pulumi({}, "preview", "--expect-no-changes")).toMatch(/unchanged/);
    });

    test("another domain changes them in place", async () => {
      const before = await ids();
      await pulumi({ DOMAIN: "other.test" }, "up", "--yes", "--skip-preview");
      expect(await ids()).toEqual(before);
      expect(JSON.stringify(await objects("certificates.cert-manager.io", "testfarm"))).toContain(
        "other.test",
      );
      expect(JSON.stringify(await objects("ingressroutes.traefik.io", "testfarm"))).not.toContain(
        "farm.test",
      );
    });

    test("all of it goes again", async () => {
      await pulumi({ DOMAIN: "other.test" }, "destroy", "--yes", "--skip-preview");
      const { items } = await api.get<{ items: KubernetesObject[] }>("namespaces");
      expect(items.map(({ metadata }) => metadata.name).toSorted()).toEqual([
        "default",
        "kube-node-lease",
        "kube-public",
        "kube-system",
      ]);
    });
  },
);
