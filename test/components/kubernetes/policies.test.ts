import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, test } from "vitest";
import { serverAt } from "../../../components/external/destination.ts";
import { labelsOf } from "../../../components/kubernetes/labels.ts";
import type { ApplicationArgs } from "../../../infra/contracts/kubernetes.ts";
import { applicationArgs, objectOf, resourcesOf, start } from "./recording.ts";
import { evaluator, type Connection, type End, type NetworkPolicy } from "./policy-evaluator.ts";

const pod = (namespace: string, labels: Record<string, string>, address: string): End => ({
  address,
  pod: { namespace, labels },
});
const ours = (component: string, last: number) => pod("testfarm", labelsOf(component), `10.4.0.${last}`);

/** Who connects. */
const sources = {
  api: ours("api", 1),
  web: ours("web", 2),
  worker: ours("worker", 3),
  browser: ours("browser", 4),
  egress: ours("egress", 5),
  migrate: ours("migrate", 6),
  // What somebody runs once beside it.
  operator: ours("operator", 7),
  edge: pod("traefik", { "app.kubernetes.io/name": "traefik" }, "10.4.1.1"),
  prometheus: pod("monitoring", { "app.kubernetes.io/name": "prometheus" }, "10.4.1.2"),
  // A pod that is in the namespace and none of ours.
  intruder: pod("testfarm", { app: "intruder" }, "10.4.0.9"),
  // Ones with our labels, or the edge's, elsewhere.
  impostor: pod("stranger", labelsOf("worker"), "10.4.2.1"),
  "impostor of the edge": pod("stranger", { "app.kubernetes.io/name": "traefik" }, "10.4.2.2"),
  stranger: pod("stranger", { app: "shop" }, "10.4.2.3"),
  outside: { address: "203.0.113.50" },
} as const satisfies Record<string, End>;
type Source = keyof typeof sources;

interface Target {
  readonly to: End;
  readonly port: number;
  readonly protocol?: "UDP";
}
const at = (address: string, port: number): Target => ({ to: { address }, port });

/** Where to. */
const targets = {
  "api:3001": { to: sources.api, port: 3001 },
  "web:8080": { to: sources.web, port: 8080 },
  "worker:3001": { to: sources.worker, port: 3001 },
  "browser:3001": { to: sources.browser, port: 3001 },
  "browser:9222": { to: sources.browser, port: 9222 },
  "egress:3001": { to: sources.egress, port: 3001 },
  "migrate:3001": { to: sources.migrate, port: 3001 },
  "intruder:80": { to: sources.intruder, port: 80 },
  "stranger:443": { to: sources.stranger, port: 443 },
  "database:5432": at("10.20.0.5", 5432),
  "database:22": at("10.20.0.5", 22),
  "redis:6380": { to: pod("redis", { app: "redis-ha-haproxy" }, "10.4.3.1"), port: 6380 },
  "another pod of redis:6380": { to: pod("redis", { app: "backup" }, "10.4.3.2"), port: 6380 },
  "names:53": { to: pod("kube-system", { "k8s-app": "kube-dns" }, "10.4.4.1"), port: 53, protocol: "UDP" },
  "names:53 by TCP": { to: pod("kube-system", { "k8s-app": "kube-dns" }, "10.4.4.1"), port: 53 },
  "names of a cloud:53": {
    to: pod("kube-system", { "k8s-app": "node-local-dns" }, "10.4.4.2"),
    port: 53,
    protocol: "UDP",
  },
  "names of a node:53": { to: { address: "169.254.20.10" }, port: 53, protocol: "UDP" },
  "another pod of kube-system:53": { to: pod("kube-system", { "k8s-app": "other" }, "10.4.4.3"), port: 53 },
  "an impostor of names:53": {
    to: pod("stranger", { "k8s-app": "kube-dns" }, "10.4.2.4"),
    port: 53,
    protocol: "UDP",
  },
  "names of the world:53": { to: { address: "9.9.9.9" }, port: 53, protocol: "UDP" },
  "metadata:80": at("169.254.169.254", 80),
  "metadata:443": at("169.254.169.254", 443),
  "metadata of Azure:80": at("168.63.129.16", 80),
  "metadata of Alibaba:80": at("100.100.100.200", 80),
  "control plane, private:443": at("10.96.0.1", 443),
  "control plane, public:443": at("192.0.2.10", 443),
  "node:10250": at("10.8.0.2", 10250),
  "node:443": at("10.8.0.2", 443),
  "this machine:443": at("127.0.0.1", 443),
  "private, 172.16:443": at("172.20.1.1", 443),
  "private, 192.168:443": at("192.168.1.1", 443),
  "nobody's, 0:443": at("0.0.0.0", 443),
  "nobody's, 192.0.0:443": at("192.0.0.192", 443),
  "nobody's, 198.18:443": at("198.19.0.1", 443),
  "multicast:443": at("224.0.0.1", 443),
  "reserved:443": at("255.255.255.255", 443),
  "world:443": at("203.0.113.7", 443),
  "world:80": at("203.0.113.7", 80),
  "world:25": at("203.0.113.7", 25),
  "world, IPv6:443": at("2001:db8::7", 443),
} as const satisfies Record<string, Target>;
type TargetName = keyof typeof targets;

const names = [
  "names:53",
  "names:53 by TCP",
  "names of a cloud:53",
  "names of a node:53",
] as const satisfies TargetName[];
const stores = ["database:5432", "redis:6380"] as const satisfies TargetName[];
const scraped = ["api:3001", "worker:3001", "browser:3001"] as const satisfies TargetName[];
/** Pods of other namespaces, and machines: no policy of ours holds for what they reach elsewhere. */
const elsewhere = (Object.keys(targets) as TargetName[]).filter((name) => {
  const { pod: target } = targets[name].to as End;
  return target?.namespace !== "testfarm";
});

/** All that is open; nothing else is. */
const open: Readonly<Record<Source, readonly TargetName[]>> = {
  api: [...names, ...stores, "world:443"],
  web: [],
  worker: [...names, ...stores, "world:443", "browser:3001"],
  browser: ["egress:3001"],
  egress: [...names, "world:443", "world:80"],
  migrate: [...names, "database:5432"],
  operator: [...names, ...stores, "world:443", "browser:3001"],
  intruder: [],
  edge: [...elsewhere, "api:3001", "web:8080"],
  prometheus: [...elsewhere, ...scraped],
  impostor: elsewhere,
  "impostor of the edge": elsewhere,
  stranger: elsewhere,
  outside: elsewhere,
};

const policiesOf = async (change: () => Partial<ApplicationArgs> = () => ({})) =>
  resourcesOf(await start(change), "NetworkPolicy").map(objectOf) as unknown as NetworkPolicy[];

/** Every target that a source reaches, in one order; its own is another pod of its kind. */
const reached = (policies: readonly NetworkPolicy[], source: Source): TargetName[] => {
  const allows = evaluator(policies);
  return (Object.keys(targets) as TargetName[])
    .filter((name) => allows({ from: sources[source], ...targets[name] } as Connection))
    .toSorted();
};
const all = (policies: readonly NetworkPolicy[]) =>
  Object.fromEntries((Object.keys(sources) as Source[]).map((source) => [source, reached(policies, source)]));
const expected = () =>
  Object.fromEntries(Object.entries(open).map(([source, allowed]) => [source, [...allowed].toSorted()]));

describe("who reaches whom", () => {
  let policies: NetworkPolicy[];
  beforeAll(async () => {
    policies = await policiesOf();
  });

  test.for(Object.keys(sources) as Source[])("%s: exactly what it has to", (source) => {
    expect(reached(policies, source)).toEqual([...open[source]].toSorted());
  });

  test("each policy of the application's namespace is needed for that", () => {
    const own = policies.filter(({ metadata }) => metadata.namespace === "testfarm");
    expect(own.map(({ metadata }) => metadata.name).toSorted()).toEqual([
      "api",
      "browser",
      "closed",
      "egress",
      "migrate",
      "operator",
      "web",
      "worker",
    ]);
    for (const one of own)
      expect(all(policies.filter((each) => each !== one)), one.metadata.name).not.toEqual(expected());
  });

  test("what prepares the nodes reaches nobody, and nobody reaches it", () => {
    const allows = evaluator(policies);
    const preparation = pod("testfarm-nodes", labelsOf("seccomp-profile"), "10.4.5.1");
    for (const source of Object.values(sources))
      expect(allows({ from: source, to: preparation, port: 80 })).toBe(false);
    for (const target of Object.values(targets))
      expect(allows({ from: preparation, ...target } as Connection)).toBe(false);
  });
});

test("where requests come from outside, page and API are open to everybody and nothing else is", async () => {
  const policies = await policiesOf(() => ({ edge: undefined }));
  const entrance = ["api:3001", "web:8080"] as const;
  for (const source of ["outside", "stranger", "impostor"] as const)
    expect(reached(policies, source), source).toEqual([...elsewhere, ...entrance].toSorted());
  // Their own policies hold for those inside.
  for (const source of ["browser", "intruder", "egress"] as const)
    expect(reached(policies, source), source).toEqual([...open[source]].toSorted());
});

test("without monitoring nobody asks for figures", async () => {
  const policies = await policiesOf(() => ({ monitoring: false }));
  expect(reached(policies, "prometheus")).toEqual([...elsewhere].toSorted());
});

test("where browsers are elsewhere there are neither browsers nor a way out for them", async () => {
  const policies = await policiesOf(() => ({ browser: "browserbase" }));
  expect(policies.map(({ metadata }) => metadata.name).toSorted()).toEqual([
    "api",
    "closed",
    "migrate",
    "operator",
    "web",
    "worker",
  ]);
  expect(reached(policies, "worker")).toContain("world:443");
});

test("a store of which only the port is known is reached anywhere on it, but not where clouds tell a machine's own keys", async () => {
  const policies = await policiesOf(() => ({
    destinations: [serverAt("redisUrl", pulumi.secret("rediss://:word@redis.test:8443"))],
  }));
  const allows = evaluator(policies);
  const reaches = (address: string, port = 8443) => allows({ from: sources.api, to: { address }, port });
  for (const address of ["203.0.113.7", "10.20.0.9", "192.168.1.1"])
    expect(reaches(address), address).toBe(true);
  expect(reaches("203.0.113.7", 8444)).toBe(false);
  for (const address of ["169.254.169.254", "169.254.170.23", "168.63.129.16"])
    expect(reaches(address), address).toBe(false);
});

test("ranges of the cluster's own that are of IPv6 need no exception: nothing opens IPv6", async () => {
  const policies = await policiesOf(() => {
    const { cluster } = applicationArgs();
    const ownRanges = pulumi.output(["198.51.100.7/32", "2001:db8::/64"]);
    return { cluster: { ...cluster, ownRanges } };
  });
  const allows = evaluator(policies);
  for (const from of [sources.egress, sources.worker]) {
    expect(allows({ from, to: { address: "198.51.100.7" }, port: 443 })).toBe(false);
    expect(allows({ from, to: { address: "198.51.100.8" }, port: 443 })).toBe(true);
    expect(allows({ from, to: { address: "2001:db8::1" }, port: 443 })).toBe(false);
  }
  expect(JSON.stringify(policies)).not.toContain("2001:db8");
});
