import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { beforeAll, expect, test, vi } from "vitest";
import { atEnd, closeAll } from "../support/at-end.ts";
import { asRoot, docker } from "../support/docker/engine.ts";
import { busyboxImage, clusters, type Cluster, type KubernetesObject } from "../support/kubernetes/index.ts";
import { describeWith } from "../support/services.ts";

/** What there is of a cluster on this machine: its interface, rules, control groups, processes and files. */
async function tracesOf({ kubeconfig, host }: Pick<Cluster, "kubeconfig" | "host">): Promise<string[]> {
  const [, index] = /^10\.2(\d\d)\./.exec(host) ?? [];
  const name = `testfarm-k${Number(index)}`;
  const directory = dirname(kubeconfig);
  const said = await asRoot(
    "sh",
    "-c",
    `ip -o link | grep -o ${name}; nft list tables | grep ${name}; ip route | grep -F ${host.replace(/\.\d+$/, ".")}
    for each in $(findmnt -rno TARGET -t cgroup,cgroup2); do ls -d "$each/${name}" 2>/dev/null; done
    pgrep -af ${directory}; ls -d ${directory}; exit 0`,
  );
  return said.split("\n").filter((line) => line !== "" && !line.includes("pgrep"));
}

const pod = (name: string, command: string, more: Record<string, unknown> = {}) => ({
  metadata: { labels: { app: name } },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [{ name, image: busyboxImage, command: ["sh", "-c", command], ...more }],
  },
});

/** A pod that ends, with the volume of the claim `data`, as a user who is not root. */
const uses = (name: string, command: string): KubernetesObject => {
  const data = {
    volumeMounts: [{ name: "data", mountPath: "/data" }],
    securityContext: { runAsUser: 10_001 },
  };
  const volumes = [{ name: "data", persistentVolumeClaim: { claimName: "data" } }];
  const { spec } = pod(name, command, data);
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: { ...spec, restartPolicy: "Never", volumes },
  };
};

/** One pod a node as long as there are nodes for it. */
const spread = {
  maxSkew: 1,
  topologyKey: "kubernetes.io/hostname",
  whenUnsatisfiable: "ScheduleAnyway",
  labelSelector: { matchLabels: { app: "web" } },
};

const serves = "mkdir /www && hostname > /www/index.html && echo serving && exec httpd -f -p 8080 -h /www";
const ready = { readinessProbe: { httpGet: { path: "/", port: 8080 }, periodSeconds: 1 } };
const template = pod("web", serves, ready);

const web: KubernetesObject[] = [
  {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "default" },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: "web" } },
      template: { ...template, spec: { ...template.spec, topologySpreadConstraints: [spread] } },
    },
  },
  ...[{}, { clusterIP: "None" }].map((kind, index) => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: index === 0 ? "web" : "web-each", namespace: "default" },
    spec: { selector: { app: "web" }, ports: [{ port: 80, targetPort: 8080 }], ...kind },
  })),
];

await describeWith(clusters, "a cluster whose owner is killed", () => {
  test("leaves nothing behind", async () => {
    const owner = spawn(
      process.execPath,
      ["--import", "tsx", join(import.meta.dirname, "cluster-owner.ts")],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    const exit = once(owner, "exit");
    const [said] = await Promise.race([
      once(owner.stdout, "data"),
      exit.then(([code]) => Promise.reject(new Error(`the cluster's owner ended with ${code}`))),
    ]);
    const cluster = JSON.parse(String(said)) as Cluster;
    expect(await tracesOf(cluster)).not.toEqual([]);
    owner.kill("SIGKILL");
    await exit;
    await vi.waitFor(async () => expect(await tracesOf(cluster)).toEqual([]));
  }, 300_000);
});

await describeWith(clusters, "a cluster", (startCluster) => {
  let cluster: Cluster;
  const inClient = (...command: string[]) => cluster.kubectl("exec", "client", "--", ...command);
  const succeeded = (name: string) =>
    cluster.kubectl("wait", "--for=jsonpath={.status.phase}=Succeeded", `pod/${name}`, "--timeout=60s");
  const webPods = async () => {
    type Pods = {
      items: { metadata: { name: string }; spec: { nodeName: string }; status: { podIP: string } }[];
    };
    return (await cluster.get<Pods>("pods", "--selector=app=web", "--field-selector=status.phase=Running"))
      .items;
  };

  beforeAll(async () => {
    cluster = await startCluster();
    await cluster.apply({
      apiVersion: "v1",
      kind: "Pod",
      ...pod("client", "sleep 3600"),
      metadata: { name: "client" },
    });
    await cluster.apply(...web);
    await cluster.kubectl("rollout", "status", "deployment/web", "--timeout=60s");
    await cluster.kubectl("wait", "--for=condition=Ready", "pod/client", "--timeout=60s");
  }, 300_000);

  test("runs the pods of a Deployment, on two nodes in two zones", async () => {
    expect((await webPods()).map(({ spec }) => spec.nodeName).toSorted()).toEqual(["node-1", "node-2"]);
    expect(await cluster.kubectl("get", "nodes", "-L", "topology.kubernetes.io/zone")).toMatch(
      /zone-1[^]*zone-2/,
    );
  });

  test("spreads a Service's requests over its pods, by its name, and by its address from this machine", async () => {
    const names = (await webPods()).map(({ metadata }) => metadata.name).toSorted();
    const { spec } = await cluster.get<{ spec: { clusterIP: string } }>("service", "web");
    const script = "for i in $(seq 30); do wget -qO- http://web; done";
    const ask = async () =>
      (await fetch(`http://${spec.clusterIP}`, { headers: { connection: "close" } })).text();
    const fromHere = async () => (await Promise.all(Array.from({ length: 30 }, ask))).join("");
    for (const answers of [() => inClient("sh", "-c", script), fromHere])
      // The rules of each node follow a pod's readiness within seconds.
      await vi.waitFor(async () =>
        expect([...new Set((await answers()).trim().split("\n"))].toSorted()).toEqual(names),
      );
  });

  test("gives the address of each pod of a headless Service", async () => {
    const addresses = (await webPods()).map(({ status }) => status.podIP).toSorted();
    const answer = await inClient("nslookup", "web-each.default.svc.cluster.local");
    const found = [...answer.matchAll(/Name:.*\nAddress: (.*)/g)].map(([, address]) => address);
    expect(found.toSorted()).toEqual(addresses);
  });

  test("says at once that it does not know a name outside of it", async () => {
    await expect(inClient("nslookup", "example.com")).rejects.toThrow("NXDOMAIN");
  });

  test("lets a pod reach what listens on 127.0.0.1 of this machine, as if it were this machine", async () => {
    const server = createServer((request, response) => response.end(`hello ${request.socket.remoteAddress}`));
    await once(server.listen(0, "127.0.0.1"), "listening");
    atEnd(() => server.close());
    const { port } = server.address() as AddressInfo;
    expect(await inClient("wget", "-qO-", `http://${cluster.host}:${port}`)).toBe("hello 127.0.0.1");
  });

  test("lets a pod reach the API server by its Service, with its own account", async () => {
    const script =
      "cat /var/run/secrets/kubernetes.io/serviceaccount/token | cut -c 1-10; nc -w 2 kubernetes.default.svc.cluster.local 443 </dev/null && echo connected";
    expect(await inClient("sh", "-c", script)).toMatch(/^eyJ[^]*connected/);
  });

  test("runs an image of the Docker engine", async () => {
    const engine = (await docker.find())!;
    await engine("tag", busyboxImage, "testfarm-loaded:1");
    await cluster.loadImage("testfarm-loaded:1");
    await engine("rmi", "testfarm-loaded:1");
    await cluster.kubectl(
      "run",
      "loaded",
      "--image=testfarm-loaded:1",
      "--restart=Never",
      "--",
      "echo",
      "hello",
    );
    await succeeded("loaded");
    expect(await cluster.kubectl("logs", "loaded")).toBe("hello\n");
  });

  test("keeps what a pod wrote to a volume for the next pod that claims it", async () => {
    await cluster.apply(
      {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { name: "data" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
      },
      uses("writer", "echo kept > /data/file"),
    );
    await succeeded("writer");
    await cluster.kubectl("delete", "pod", "writer");
    await cluster.apply(uses("reader", "cat /data/file"));
    await succeeded("reader");
    expect(await cluster.kubectl("logs", "reader")).toBe("kept\n");
  });

  test("shows what a pod printed", async () => {
    const [first] = await webPods();
    expect(await cluster.kubectl("logs", first!.metadata.name)).toBe("serving\n");
  });

  test("brings a pod back on another node when its own is drained", async () => {
    await cluster.kubectl("drain", "node-2", "--force", "--ignore-daemonsets", "--timeout=60s");
    await cluster.kubectl("rollout", "status", "deployment/web", "--timeout=60s");
    expect((await webPods()).map(({ spec }) => spec.nodeName)).toEqual(["node-1", "node-1"]);
  });

  test("is gone after the end", async () => {
    expect(await tracesOf(cluster)).not.toEqual([]);
    await closeAll();
    expect(await tracesOf(cluster)).toEqual([]);
  });
});
