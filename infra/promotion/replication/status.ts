import { findSlot, type Slot } from "./slot.ts";
import type { Link } from "./subscription.ts";

/** How a subscription is doing. */
export interface Status {
  readonly isEnabled: boolean;
  /** Whether the subscriber is reading from the publisher. */
  readonly isConnected: boolean;
  readonly tables: readonly TableStatus[];
  /** Changes that could not be applied, and first copies that have failed; each is tried again for ever. */
  readonly applyErrors: number;
  readonly copyErrors: number;
  /** Changes that met another row than they expected; counted from PostgreSQL 18 on. */
  readonly conflicts: number;
  /** What the publisher keeps for it, and how far behind it is. `undefined`: it keeps nothing, and changes are lost. */
  readonly slot: Slot | undefined;
}

export interface TableStatus {
  /** `public.sessions`, quoted where it has to be. */
  readonly table: string;
  /** https://www.postgresql.org/docs/17/catalog-pg-subscription-rel.html */
  readonly state: "init" | "copying" | "copied" | "synchronized" | "ready";
}

/** @returns `undefined` where there is no such subscription. */
export async function status({ subscriber, publisher, name }: Link): Promise<Status | undefined> {
  const { rows } = await subscriber.query<Row>(subscription, [name]);
  const [row] = rows;
  if (row === undefined) return undefined;
  const { isEnabled, isConnected, tables, counts } = row;
  const sum = (pattern: RegExp) =>
    Object.entries(counts ?? {}).reduce(
      (all, [key, value]) => all + (pattern.test(key) ? Number(value) : 0),
      0,
    );
  return {
    isEnabled,
    isConnected,
    tables,
    applyErrors: sum(/^apply_error_count$/),
    // 18 and before have `sync_error_count`; later ones count tables and sequences apart.
    copyErrors: sum(/^sync_.*error_count$/),
    conflicts: sum(/^confl_/),
    slot: await findSlot(publisher, name),
  };
}

interface Row extends Pick<Status, "isEnabled" | "isConnected" | "tables"> {
  readonly counts: Readonly<Record<string, unknown>> | null;
}

const subscription = `
  SELECT subenabled AS "isEnabled",
    EXISTS (SELECT FROM pg_stat_subscription AS worker
      WHERE worker.subid = pg_subscription.oid AND relid IS NULL AND pid IS NOT NULL) AS "isConnected",
    (SELECT to_jsonb(stats) FROM pg_stat_subscription_stats AS stats WHERE stats.subid = pg_subscription.oid) AS counts,
    coalesce((
      SELECT jsonb_agg(jsonb_build_object('table', format('%I.%I', nspname, relname), 'state', CASE srsubstate
        WHEN 'i' THEN 'init' WHEN 'd' THEN 'copying' WHEN 'f' THEN 'copied' WHEN 's' THEN 'synchronized' ELSE 'ready' END)
        ORDER BY relname)
      FROM pg_subscription_rel JOIN pg_class ON pg_class.oid = srrelid JOIN pg_namespace ON pg_namespace.oid = relnamespace
      WHERE srsubid = pg_subscription.oid), '[]') AS tables
  FROM pg_subscription JOIN pg_database ON pg_database.oid = subdbid
  WHERE subname = $1 AND datname = current_database()`;
