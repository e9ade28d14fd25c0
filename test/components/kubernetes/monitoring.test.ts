import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { apiMetrics } from "../../../app/metrics/api.ts";
import { browserMetrics } from "../../../app/metrics/browser.ts";
import { workerMetrics } from "../../../app/metrics/worker.ts";
import { cluster } from "../../../components/charts/postgres.ts";
import type { Recording } from "../../../infra/testing/index.ts";
import { objectNamed, objectOf, resourcesOf, sizes, start } from "./recording.ts";

let application: Recording;
beforeAll(async () => {
  application = await start();
});

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
}
const rules = (recording = application): Rule[] =>
  (objectNamed(recording, "PrometheusRule", "testfarm") as any).spec.groups[0].rules;
const dashboard = () =>
  JSON.parse((objectNamed(application, "ConfigMap", "testfarm-dashboard") as any).data["testfarm.json"]);
const queries = (): string[] =>
  dashboard().panels.flatMap(({ targets = [] }: { targets?: { expr: string }[] }) =>
    targets.map(({ expr }) => expr),
  );

/** What Node itself tells (prom-client). */
const ofNode = ["nodejs_eventloop_lag_p99_seconds"];
/** Of others, where they are published: the docstring of components/kubernetes/monitoring/alerts.ts says in which files. */
const ofOthers = [
  "up",
  "cnpg_pg_replication_is_wal_receiver_up",
  "cnpg_pg_replication_lag",
  "cnpg_pg_stat_archiver_last_archived_time",
  "cnpg_pg_stat_archiver_last_failed_time",
  "barman_cloud_cloudnative_pg_io_last_available_backup_timestamp",
  "certmanager_certificate_expiration_timestamp_seconds",
];

/** Every series of the application, with the suffixes that a histogram has, and its labels. */
async function ownSeries(): Promise<Map<string, readonly string[]>> {
  const away = new Proxy({}, { get: () => () => Promise.reject(new Error("away")) }) as never;
  const registries = [
    apiMetrics(away, away).registry,
    workerMetrics(1).registry,
    browserMetrics({ pressure: () => ({}) as never }, { memoryLimit: 1, availableMemory: () => 1 }).registry,
  ];
  return new Map(
    registries
      .flatMap((registry) => registry.getMetricsAsArray())
      .flatMap((metric) => {
        const {
          name,
          type,
          labelNames = [],
        } = metric as unknown as {
          name: string;
          type: string;
          labelNames?: string[];
        };
        return type === "histogram"
          ? ["_bucket", "_count", "_sum"].map((end): [string, string[]] => [
              `${name}${end}`,
              [...labelNames, "le"],
            ])
          : [[name, labelNames] as [string, string[]]];
      }),
  );
}

/** Names of series in a query, each with the labels that it is asked for. */
const seriesIn = (query: string) =>
  [...query.matchAll(/\b([a-z][a-z0-9_]*)\{([^}]*)\}/g)].map(([, name, labels]) => ({
    name: name!,
    labels: [...labels!.matchAll(/([a-z_]+)(=|!=|=~|!~)"/g)].map(([, label]) => label!),
  }));

test("alerts and dashboard ask for figures that somebody tells, by labels that they have", async () => {
  const own = await ownSeries();
  const fromScraping = ["namespace", "exported_namespace", "container", "pod"];
  const all = [...rules().map(({ expr }) => expr), ...queries()];
  expect(all.length).toBeGreaterThan(30);
  for (const query of all) {
    const series = seriesIn(query);
    expect(series.length, query).toBeGreaterThan(0);
    for (const { name, labels } of series) {
      expect([...own.keys(), ...ofNode, ...ofOthers], query).toContain(name);
      const known = own.get(name) ?? labels;
      expect([...known, ...fromScraping], query).toEqual(expect.arrayContaining(labels));
    }
    // A name without braces would not have been looked at.
    expect(
      query.match(/\b(testfarm|cnpg|barman_cloud|certmanager|nodejs)_[a-z0-9_]+(?![a-z0-9_]*\{)\b/g),
      query,
    ).toBeNull();
  }
});

const expr = (name: string, recording = application) =>
  rules(recording).find(({ alert }) => alert === name)?.expr;
const endpoints = (port: string) => [{ port, path: "/metrics", interval: "15s" }];

describe("alerts", () => {
  test("are those that are agreed, each with a page that says what to do", () => {
    expect(rules().map(({ alert }) => alert)).toEqual([
      "TestFarmApiUnavailable",
      "TestFarmQueueOld",
      "TestFarmSessionsFail",
      "TestFarmWorkersAtLimit",
      "TestFarmBrowsersAtLimit",
      "TestFarmReplicationLag",
      "TestFarmReplicaMissing",
      "TestFarmNoReplica",
      "TestFarmBackupOld",
      "TestFarmLogNotArchived",
      "TestFarmCertificateOld",
    ]);
    const page = readFileSync("docs/alerts.md", "utf8");
    for (const { alert, annotations, labels } of rules()) {
      expect(page, alert).toContain(`\n## ${alert}\n`);
      expect(annotations["runbook"]).toBe(`docs/alerts.md#${alert.toLowerCase()}`);
      expect(annotations["summary"], alert).toMatch(/\.$/);
      expect(["critical", "warning"], alert).toContain(labels["severity"]);
    }
    const headings = [...page.matchAll(/^## (TestFarm\w+)$/gm)].map(([, heading]) => heading);
    expect(headings.toSorted()).toEqual(
      rules()
        .map(({ alert }) => alert)
        .toSorted(),
    );
  });

  test("know how many sessions there may be at most", async () => {
    expect(expr("TestFarmWorkersAtLimit")).toMatch(/>= 21$/);
    expect(expr("TestFarmBrowsersAtLimit")).toMatch(/>= 20$/);
    const larger = await start(() => ({
      sizes: {
        ...sizes,
        worker: { ...sizes.worker, max: 4, concurrency: 10 },
        browser: { ...sizes.browser, max: 7, concurrency: 3 },
      },
    }));
    expect(expr("TestFarmWorkersAtLimit", larger)).toMatch(/>= 40$/);
    expect(expr("TestFarmBrowsersAtLimit", larger)).toMatch(/>= 21$/);
    const elsewhere = await start(() => ({ browser: "browserbase" }));
    expect(expr("TestFarmBrowsersAtLimit", elsewhere)).toBeUndefined();
  });

  test("count the replicas that receive, so that one that is cut off or gone is missed, and not only one that lags", () => {
    const receiving = 'sum(max by (pod) (cnpg_pg_replication_is_wal_receiver_up{namespace="postgres"}))';
    const { instances } = cluster("owner", "archive", undefined);
    expect(expr("TestFarmReplicaMissing")).toBe(`${receiving} < ${instances - 1}`);
    expect(expr("TestFarmNoReplica")).toBe(`${receiving} < 1`);
  });
});

test("figures are asked for where they are told", () => {
  const spec = (name: string) => objectNamed(application, "PodMonitor", name)["spec"];
  for (const component of ["api", "worker", "browser"])
    expect(spec(component), component).toEqual({
      selector: {
        matchLabels: { "app.kubernetes.io/name": "testfarm", "app.kubernetes.io/component": component },
      },
      podMetricsEndpoints: endpoints("http"),
    });
  expect(spec("database")).toEqual({
    namespaceSelector: { matchNames: ["postgres"] },
    selector: { matchLabels: { "cnpg.io/cluster": "postgres", "cnpg.io/podRole": "instance" } },
    podMetricsEndpoints: endpoints("metrics"),
  });
  expect(spec("certificates")).toMatchObject({ namespaceSelector: { any: true } });
  expect(resourcesOf(application, "PodMonitor")).toHaveLength(5);
});

test("a Prometheus that chooses by labels finds all that is for it", async () => {
  const monitoringLabels = { release: "kube-prometheus-stack" };
  const chosen = await start(() => ({ monitoringLabels }));
  for (const kind of ["PodMonitor", "PrometheusRule"])
    for (const resource of resourcesOf(chosen, kind))
      expect(objectOf(resource).metadata.labels, resource.name).toMatchObject({
        "app.kubernetes.io/part-of": "testfarm",
        ...monitoringLabels,
      });
  // Grafana has a label of its own.
  expect(objectNamed(chosen, "ConfigMap", "testfarm-dashboard")).toEqual(
    objectNamed(application, "ConfigMap", "testfarm-dashboard"),
  );
});

test("the dashboard is found by Grafana, and every panel has a place of its own", () => {
  expect(objectNamed(application, "ConfigMap", "testfarm-dashboard").metadata.labels).toMatchObject({
    grafana_dashboard: "1",
  });
  const { panels, title, uid } = dashboard();
  expect({ title, uid }).toEqual({ title: "TestFarm", uid: "testfarm" });
  expect(new Set(panels.map(({ id }: { id: number }) => id)).size).toBe(panels.length);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }: any) =>
    Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)}:${y + Math.floor(cell / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  for (const { gridPos } of panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
});
