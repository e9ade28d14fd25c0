import type { Scaled, Sizes } from "../../../infra/capacity/kubernetes.ts";

export interface Alert {
  /** Its heading in docs/alerts.md, which says what to do. */
  readonly alert: string;
  readonly expr: string;
  /** For how long it has to hold. */
  readonly for: string;
  /** `critical`: people wait for somebody to act now; `warning`: within the day. */
  readonly severity: "critical" | "warning";
  readonly summary: string;
}

interface Bounds {
  /** Of the application, and of a database in the cluster. */
  readonly namespaces: { readonly application: string; readonly database: string };
  readonly sizes: Pick<Sizes, "worker" | "browser">;
  /** Whether sessions run in browsers of our own. */
  readonly ownBrowsers: boolean;
}

/** Instances of a database in the cluster that do not write (components/charts/postgres.ts). */
const replicas = 2;

/**
 * What somebody should look after. Figures of the application are those of docs/metrics.md. `up` is Prometheus' own; `cnpg_*` are
 * CloudNativePG's (docs/src/monitoring.md and config/manager/default-monitoring.yaml of its 1.30.0), `barman_cloud_*` its plugin's
 * for backups (web/docs/observability.md of 0.13.0), `certmanager_*` cert-manager's (internal/collectors of 1.21.0). Where a cloud
 * has database or certificate, they do not exist, and those alerts are silent: the cloud watches over its own.
 */
export function alerts({ namespaces, sizes, ownBrowsers }: Bounds): readonly Alert[] {
  const here = `namespace="${namespaces.application}"`;
  const database = `namespace="${namespaces.database}"`;
  const attempts = (ends: string) => `sum(increase(testfarm_attempts_total{${here}${ends}}[30m]))`;
  // One that is cut off says 0, and does not lag, since it has all that it has received; one that is gone says nothing.
  const receiving = `sum(max by (pod) (cnpg_pg_replication_is_wal_receiver_up{${database}}))`;
  const expiry = "certmanager_certificate_expiration_timestamp_seconds";
  return [
    {
      alert: "TestFarmApiUnavailable",
      expr: `absent(up{${here},container="api"} == 1)`,
      for: "2m",
      severity: "critical",
      summary: "No API answers.",
    },
    {
      alert: "TestFarmQueueOld",
      // Each API tells the whole queue.
      expr: `max(testfarm_queue_oldest_wait_seconds{${here}}) > 300`,
      for: "5m",
      severity: "critical",
      summary: "A session has waited for more than five minutes.",
    },
    {
      alert: "TestFarmSessionsFail",
      // Verdicts on a site are none of ours, good or bad. Of a handful of attempts one says nothing.
      expr: `${attempts(',end="error"')} / ${attempts("")} > 0.2 and ${attempts("")} > 5`,
      for: "5m",
      severity: "critical",
      summary: "More than a fifth of the attempts of half an hour ended with an error.",
    },
    {
      alert: "TestFarmWorkersAtLimit",
      expr: `sum(testfarm_worker_sessions{${here}}) >= ${most(sizes.worker)}`,
      for: "15m",
      severity: "warning",
      summary: "All workers that there may be have been busy for a quarter of an hour.",
    },
    ...(ownBrowsers
      ? ([
          {
            alert: "TestFarmBrowsersAtLimit",
            expr: `sum(testfarm_browsers{${here}}) >= ${most(sizes.browser)}`,
            for: "15m",
            severity: "warning",
            summary: "All browsers that there may be have been busy for a quarter of an hour.",
          },
        ] as const)
      : []),
    {
      alert: "TestFarmReplicationLag",
      expr: `max(cnpg_pg_replication_lag{${database}}) > 60`,
      for: "5m",
      severity: "critical",
      summary: "A replica of the database is more than a minute behind.",
    },
    {
      alert: "TestFarmReplicaMissing",
      expr: `${receiving} < ${replicas}`,
      for: "10m",
      severity: "warning",
      summary: "A replica of the database does not receive its log, or is gone.",
    },
    {
      alert: "TestFarmNoReplica",
      expr: `${receiving} < 1`,
      for: "2m",
      severity: "critical",
      summary: "No replica of the database receives its log: writes wait.",
    },
    {
      alert: "TestFarmBackupOld",
      expr: `time() - max(barman_cloud_cloudnative_pg_io_last_available_backup_timestamp{${database}}) > 129600`,
      for: "15m",
      severity: "critical",
      summary: "The newest backup of the database is older than 36 hours.",
    },
    {
      alert: "TestFarmLogNotArchived",
      expr: `max(cnpg_pg_stat_archiver_last_failed_time{${database}}) > max(cnpg_pg_stat_archiver_last_archived_time{${database}})`,
      for: "15m",
      severity: "critical",
      summary: "The database's log does not come into the bucket: what is written now is in no backup.",
    },
    {
      alert: "TestFarmCertificateOld",
      // It is renewed 30 days before. A Prometheus that is not told otherwise renames the certificate's label `namespace`.
      expr: `min(${expiry}{exported_${here}} or ${expiry}{${here}}) - time() < 1209600`,
      for: "1h",
      severity: "critical",
      summary: "The page's certificate runs out in less than two weeks.",
    },
  ];
}

/** Sessions that all pods of a component run at the same time, at most. */
const most = ({ max, concurrency }: Pick<Scaled, "max" | "concurrency">) => max * concurrency;
