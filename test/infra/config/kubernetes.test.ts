import { describe, expect, test } from "vitest";
import { parseConfig } from "../../../infra/config/parse.ts";
import { placeholdersIn } from "../../../infra/config/placeholders.ts";
import { minimum, problemsOf, rawOf, type Settings } from "./stack.ts";

const base = minimum.kubernetes;
const existing = { cluster: "existing", context: "home", project: undefined, adminCidrs: undefined };
const external = [
  "databaseUrl",
  "databaseAdminUrl",
  "redisUrl",
  "bucketAccessKeyId",
  "bucketSecretAccessKey",
];
const encrypted = Object.fromEntries(external.map((name) => [name, "x"]));

describe("the cluster decides", () => {
  test.each([
    [{}, { region: "europe-southwest1", database: "cloud", cache: "cloud", bucket: "cloud" }],
    [
      { cluster: "eks", project: undefined, near: "new-york" },
      { region: "us-east-1", database: "cloud", cache: "cloud", bucket: "cloud" },
    ],
    // Azure's store has no S3 API.
    [
      { cluster: "aks", project: undefined },
      { region: "spaincentral", database: "cloud", cache: "cloud", bucket: "cluster" },
    ],
    [
      { cluster: "doks", project: undefined, region: "ams3" },
      { region: "ams3", database: "cluster", cache: "cluster", bucket: "cluster" },
    ],
    [{ database: "cluster", bucket: "cluster" }, { apiNodes: 5 }],
    [{ database: "cluster", apiNodes: "7" }, { apiNodes: 7 }],
    [existing, { region: "", database: "cluster", cache: "cluster", bucket: "cluster" }],
    [
      { cache: "none", database: "cluster" },
      { database: "cluster", cache: "none", bucket: "cloud" },
    ],
  ])("with %j: %j", (change, decided) => {
    expect(parseConfig(rawOf(base, change))).toMatchObject(decided);
  });

  test("what is external comes with its secrets and the bucket's name", () => {
    const change = {
      ...existing,
      ...encrypted,
      database: "external",
      cache: "external",
      redisCluster: "true",
      bucket: "external",
      externalBucket: '{"bucket":"pictures","endpoint":"http://s3.test:8333"}',
    };
    expect(parseConfig(rawOf(base, change, external))).toMatchObject({
      database: "external",
      cache: "external",
      bucket: "external",
      redisCluster: true,
      externalBucket: { bucket: "pictures", endpoint: "http://s3.test:8333", forcePathStyle: false },
      secrets: external,
    });
  });
});

test("what a Prometheus chooses its objects by is any label of Kubernetes", () => {
  const monitoringLabels = {
    release: "kube-prometheus-stack",
    "example.com/part_of": "Farm.1",
    "app.kubernetes.io/name": "",
  };
  const change = { monitoring: "true", monitoringLabels: JSON.stringify(monitoringLabels) };
  expect(parseConfig(rawOf(base, change))).toMatchObject({ monitoring: true, monitoringLabels });
});

const address = "for example 203.0.113.7/32";

test.each<[Settings, ...string[]]>([
  [{ cluster: "eks" }, "project: is of use only to cluster gke, not to eks; remove it"],
  [
    { ...existing, near: "madrid" },
    "near: is of use only to cluster gke, eks, aks, doks, not to existing; remove it",
  ],
  [{ context: "home" }, "context: is of use only to cluster existing, not to gke; remove it"],
  [
    { ...existing, context: undefined },
    "context: missing; it must be a context of your kubeconfig, as kubectl config get-contexts shows it",
  ],
  [
    { near: "madrid", region: "europe-west1" },
    'near: "madrid" is one place and testfarm:region another; remove one of the two',
  ],
  [
    { project: "Farm" },
    'project: "Farm" must be the id of a project at Google Cloud, 6 to 30 lower-case letters, digits and hyphens',
  ],
  [
    { adminCidrs: '["0.0.0.0/0"]' },
    `adminCidrs[0]: "0.0.0.0/0" would open the control plane to everybody; name your own address, ${address}`,
  ],
  [{ version: "34" }, 'version: "34" must be a minor version of Kubernetes such as 1.34'],
  [
    { cluster: "aks", project: undefined, bucket: "cloud" },
    'bucket: "cloud" is not offered with cluster aks; use cluster or external',
  ],
  [
    { ...existing, cache: "cloud" },
    'cache: "cloud" is not offered with cluster existing; use cluster or external',
  ],
  [
    { cache: "external" },
    "redisUrl: missing; testfarm:cache is external: pulumi config set --secret testfarm:redisUrl",
  ],
  [
    { redisCluster: "true" },
    "redisCluster: is of use only to cache: external; set testfarm:cache to it, or remove this",
  ],
  [
    { externalBucket: '{"bucket":"a","region":"eu-west-1"}' },
    "externalBucket: is of use only to bucket: external; set testfarm:bucket to it, or remove this",
  ],
  [
    { externalBucket: '{"bucket":"a"}' },
    'externalBucket: {"bucket":"a"} needs a region, for a bucket at AWS, or an endpoint, for one at another store',
  ],
  [
    { cluster: "eks", project: undefined, edge: "gateway" },
    'edge: "gateway" is not offered with cluster eks; use traefik',
  ],
  [
    { cluster: "eks", project: undefined, database: "cluster" },
    "bucket: has no key at EKS, which a database in the cluster needs for its backups; set testfarm:bucket to cluster or external",
  ],
  [
    { browser: "browserbase" },
    "browserbaseProjectId: missing; testfarm:browser is browserbase; give it the id of a project",
  ],
  [
    { autopilot: "true" },
    "autopilot: takes no pod that Chromium's sandbox needs; set testfarm:browser to browserbase",
  ],
  [
    { sessions: "11" },
    "sessions: 11 is more than fits: 5 nodes e2-standard-2 have room for 10; lower it, or raise testfarm:browserNodes or testfarm:sessionsPerBrowser",
  ],
  [
    { browserNodes: '{"min":6,"max":5}' },
    'browserNodes: {"min":6,"max":5} must say the least and the most nodes, such as min: 3 and max: 5',
  ],
  [
    { monitoringLabels: '{"release":"monitoring"}' },
    "monitoringLabels: is of use only to monitoring: true; set testfarm:monitoring to it, or remove this",
  ],
  [
    { monitoring: "true", monitoringLabels: "monitoring" },
    'monitoringLabels: "monitoring" must be labels by their names, such as release: kube-prometheus-stack',
  ],
  [
    { monitoring: "true", monitoringLabels: '{"release":"of two words","app/part/name":"x","build":1}' },
    'monitoringLabels.release: "of two words" must be labels by their names, such as release: kube-prometheus-stack',
    'monitoringLabels.app/part/name: "x" must be labels by their names, such as release: kube-prometheus-stack',
    "monitoringLabels.build: 1 must be labels by their names, such as release: kube-prometheus-stack",
  ],
  [
    { has: '["nginx"]' },
    'has[0]: "nginx" is not offered on tier kubernetes; use traefik, cert-manager, keda or cloudnative-pg',
  ],
])("%j is refused in words", (change, ...lines) => {
  expect(problemsOf(rawOf(base, change))).toEqual(lines.map((line) => `testfarm:${line}`));
});

test("a secret of what is not external is refused", () => {
  expect(problemsOf(rawOf(base, { redisUrl: "x" }, ["redisUrl"]))).toEqual([
    "testfarm:redisUrl: is of use only to cache: external; set testfarm:cache to it, or remove this",
  ]);
});

test("more sessions fit with more nodes, with more of them in a browser, and where nobody counts the nodes", () => {
  for (const change of [
    { sessions: "50", browserNodes: '{"min":3,"max":25}' },
    { sessions: "50", sessionsPerBrowser: "5" },
    { sessions: "50", ...existing },
  ])
    expect(parseConfig(rawOf(base, change))).toMatchObject({ sessions: 50 });
});

test("the examples that came with the repository are refused by up", () => {
  const nowhere = `@sha256:${"0".repeat(64)}`;
  const config = parseConfig(
    rawOf(base, {
      project: "example-project",
      domain: "testfarm.example.com",
      adminCidrs: '["203.0.113.7/32"]',
      image: JSON.stringify({ app: `a.test/app${nowhere}`, web: `a.test/web${nowhere}` }),
    }),
  );
  if (config.tier !== "kubernetes") throw new Error("another tier");
  expect(placeholdersIn(config).map(({ path }) => path)).toEqual([
    "testfarm:adminCidrs[0]",
    "testfarm:image.app",
    "testfarm:image.web",
    "testfarm:domain",
    "testfarm:project",
  ]);
  expect(placeholdersIn(parseConfig(rawOf(base)))).toEqual([]);
});
