import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { objectOf, objectsOf, resourcesOf, start } from "../components/kubernetes/recording.ts";
import { pulumiCli } from "../engine/find-cli.ts";
import { define } from "../support/kubernetes-crds/define.ts";
import {
  apiServers,
  kubernetesProvider,
  type ControlPlane,
  type KubernetesObject,
} from "../support/kubernetes/index.ts";
import { describeWith } from "../support/services.ts";
import { engineOf } from "./engine.ts";
import { playNodes } from "./pods-of-nobody.ts";

const canaries = ["canary-app", "canary-owner", "canary-token", "canary-registry"];

const isNamespace = ({ kind }: KubernetesObject) => kind === "Namespace";

/** Of others, whose custom resources are among the application's objects. */
const groups = ["keda.sh", "monitoring.coreos.com", "external-secrets.io"];

await describeWith(apiServers, "the objects of the application", (startApiServer) => {
  let api: ControlPlane;
  let objects: KubernetesObject[];

  beforeAll(async () => {
    api = await startApiServer();
    await define(api, groups);
    objects = objectsOf(await start()) as unknown as KubernetesObject[];
    await api.apply(...objects.filter(isNamespace));
    await api.apply(...objects.filter((object) => !isNamespace(object)));
  });

  test("are what a real API server takes, to the last field", async () => {
    expect(objects.length).toBeGreaterThan(40);
    for (const { kind, metadata } of objects) {
      const where = metadata.namespace === undefined ? [] : ["--namespace", metadata.namespace];
      expect(await api.get(kind, metadata.name, ...where)).toMatchObject({
        kind,
        metadata: { name: metadata.name },
      });
    }
  });

  test("those of a store and of PostgreSQL's queue are, too", async () => {
    const store = { kind: "SecretStore", store: "vault", prefix: "testfarm/" } as const;
    const others = objectsOf(
      await start(() => ({ externalSecrets: store })),
    ) as unknown as KubernetesObject[];
    const secrets = others.filter(({ kind }) => kind === "ExternalSecret");
    expect(secrets).toHaveLength(5);
    await api.apply(...secrets);
  });

  test("pods of the application are let into their namespace, which refuses the one that prepares nodes", async () => {
    const recording = await start();
    const pods = ["Deployment", "Job", "DaemonSet"].flatMap((kind) =>
      resourcesOf(recording, kind).map((resource) => {
        const { metadata, spec } = objectOf(resource) as any;
        return { name: metadata.name as string, namespace: metadata.namespace as string, ...spec.template };
      }),
    );
    const create = ({ name, metadata, spec }: any, namespace: string) =>
      api.apply({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { ...metadata, name: `pod-${name}`, namespace },
        spec: { restartPolicy: "Always", ...spec },
      });
    for (const pod of pods) await create(pod, pod.namespace);
    const preparation = pods.find(({ namespace }) => namespace === "testfarm-nodes");
    const account = {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "seccomp-profile", namespace: "testfarm" },
    };
    await api.apply(account);
    await expect(create(preparation, "testfarm")).rejects.toThrow(
      /violates PodSecurity "restricted:latest".*hostPath/,
    );
  });
});

await describeWith(
  apiServers,
  "the application, by Pulumi's engine and its real provider",
  async (startApiServer) => {
    // They are built here where they have to be, which takes longer than a test may.
    const [cli, provider] = await Promise.all([pulumiCli.find(), kubernetesProvider()]);
    let api: ControlPlane;
    let pulumi: (release: Release, ...args: string[]) => Promise<string>;

    interface Release {
      readonly RELEASE?: string;
      readonly PASSWORD?: string;
    }

    beforeAll(async () => {
      api = await startApiServer({ controllers: true });
      await define(api, groups);
      playNodes(api);
      const program = join(import.meta.dirname, "fixtures/application");
      ({ pulumi } = await engineOf(cli!, provider, api.kubeconfig, program));
    });

    const inNamespace = async (kind: string): Promise<any[]> =>
      (await api.get<{ items: any[] }>(kind, "--namespace", "testfarm")).items;
    const named = async (kind: string, name: string): Promise<any> =>
      api.get(kind, name, "--namespace", "testfarm");
    const generations = async () =>
      Object.fromEntries(
        (await inNamespace("deployments")).map(({ metadata }) => [
          metadata.name,
          metadata.generation as number,
        ]),
      );
    const up = (release: Release) => pulumi(release, "up", "--yes", "--skip-preview");

    test("comes up: the migrations are done, every pod is ready, and nothing of it is seen in clear", async () => {
      const told = await up({});
      const [job, ...others] = await inNamespace("jobs");
      expect(others).toEqual([]);
      expect(job.status.succeeded).toBe(1);
      for (const { metadata, status } of await inNamespace("deployments"))
        expect(status.readyReplicas, metadata.name).toBe(
          metadata.name === "api" ? 3 : /web|egress/.test(metadata.name) ? 2 : 1,
        );
      for (const canary of canaries) expect(told).not.toContain(canary);
    }, 600_000);

    test("what is there is what the program says: nothing is to do", async () => {
      expect(await pulumi({}, "preview", "--expect-no-changes")).toMatch(/unchanged/);
      await pulumi({}, "refresh", "--yes", "--expect-no-changes");
    }, 600_000);

    test("pods that are scaled stay as many as they are, whatever is released", async () => {
      await api.kubectl("--namespace", "testfarm", "scale", "deployment/worker", "--replicas=2");
      const [before] = await inNamespace("jobs");
      await up({ RELEASE: "b" });
      const worker = await named("deployment", "worker");
      expect(worker.spec.replicas).toBe(2);
      expect(worker.status.readyReplicas).toBe(2);
      expect(worker.spec.template.spec.containers[0].image).toContain("b".repeat(64));
      const [after, ...others] = await inNamespace("jobs");
      expect(others).toEqual([]);
      expect(after.metadata.name).not.toBe(before.metadata.name);
      expect(after.status.succeeded).toBe(1);
    }, 600_000);

    test("another password rolls out those who have it, in place", async () => {
      const before = await generations();
      const [job] = await inNamespace("jobs");
      await up({ RELEASE: "b", PASSWORD: "canary-other" });
      const after = await generations();
      const changed = Object.keys(after).filter((name) => after[name] !== before[name]);
      expect(changed.toSorted()).toEqual(["api", "worker"]);
      // The role puts the password to the account, under the same name as before.
      const [again, ...others] = await inNamespace("jobs");
      expect(others).toEqual([]);
      expect(again.metadata.name).toBe(job.metadata.name);
      expect(again.metadata.uid).not.toBe(job.metadata.uid);
      const { data } = await named("secret", "api");
      expect(Buffer.from(data.DATABASE_URL, "base64").toString()).toContain("canary-other");
    }, 600_000);

    test("all of it goes again", async () => {
      await pulumi({ RELEASE: "b", PASSWORD: "canary-other" }, "destroy", "--yes", "--skip-preview");
      const { items } = await api.get<{ items: KubernetesObject[] }>("namespaces");
      expect(
        items.map(({ metadata }) => metadata.name).filter((name) => name.startsWith("testfarm")),
      ).toEqual([]);
    }, 600_000);
  },
);
