import { readFileSync } from "node:fs";
import * as kubernetes from "@pulumi/kubernetes";
import { pods, postgres } from "../../charts/postgres.ts";
import { metadataOf, selectorOf } from "../labels.ts";
import type { Parts } from "../parts.ts";
import { alerts, type Alert } from "./alerts.ts";

interface Source {
  readonly labels: Readonly<Record<string, string>>;
  /** By its name. */
  readonly port: string;
  /** Default: the application's. */
  readonly namespaces?: { readonly any: true } | { readonly matchNames: readonly string[] };
}

/** Those of the application's components that tell figures. */
const telling: readonly string[] = ["api", "worker", "browser"];

/** What stands beside it. What a stack does not have has no pods, and nobody asks for it. */
const beside: Readonly<Record<string, Source>> = {
  database: { labels: pods.instances, port: "metrics", namespaces: { matchNames: [postgres] } },
  certificates: {
    labels: { "app.kubernetes.io/name": "cert-manager", "app.kubernetes.io/component": "controller" },
    port: "http-metrics",
    namespaces: { any: true },
  },
};

/**
 * For the Prometheus and the Grafana of a cluster: whom it asks for figures and when somebody is told, by the objects of
 * Prometheus' operator (https://prometheus-operator.dev/docs/api-reference/api/), which has to be there, and a dashboard in a
 * ConfigMap, which Grafana's chart finds by its label (https://github.com/grafana-community/helm-charts, `sidecar.dashboards`).
 */
export function monitoring({ name, args, components, options }: Parts): void {
  const { namespace, sizes } = args;
  const labelled = (object: string, labels: Readonly<Record<string, string>> | undefined) => {
    const metadata = metadataOf(object, "monitoring", namespace);
    return { ...metadata, labels: { ...metadata.labels, ...labels } };
  };
  const make = (kind: string, object: string, spec: object) =>
    new kubernetes.apiextensions.CustomResource(
      `${name}-${kind.toLowerCase()}-${object}`,
      {
        apiVersion: "monitoring.coreos.com/v1",
        kind,
        metadata: labelled(object, args.monitoringLabels),
        spec,
      },
      options,
    );
  const monitor = (source: string, { labels, port, namespaces }: Source) =>
    make("PodMonitor", source, {
      ...(namespaces && { namespaceSelector: namespaces }),
      selector: { matchLabels: labels },
      podMetricsEndpoints: [{ port, path: "/metrics", interval: "15s" }],
    });
  for (const component of components.filter((each) => telling.includes(each)))
    monitor(component, { labels: selectorOf(component), port: "http" });
  for (const [who, source] of Object.entries(beside)) monitor(who, source);
  make("PrometheusRule", "testfarm", {
    groups: namespace.apply((application) => [
      {
        name: "testfarm",
        rules: alerts({
          namespaces: { application, database: postgres },
          sizes,
          ownBrowsers: args.browser === "own",
        }).map(ruleOf),
      },
    ]),
  });
  new kubernetes.core.v1.ConfigMap(
    `${name}-dashboard`,
    {
      metadata: labelled("testfarm-dashboard", { grafana_dashboard: "1" }),
      data: { "testfarm.json": readFileSync(new URL("dashboard.json", import.meta.url), "utf8") },
    },
    options,
  );
}

const ruleOf = ({ severity, summary, ...rule }: Alert) => ({
  ...rule,
  labels: { severity },
  annotations: { summary, runbook: `docs/alerts.md#${rule.alert.toLowerCase()}` },
});
