/** What is asked of one server, by itself. Each side publishes and subscribes: forwards, and back. */
import { withoutCredentials } from "../../../app/without-credentials.ts";
import { readGate } from "../gate.ts";
import { ask, judge, size } from "./ask.ts";
import type { Connected, Finding } from "./contract.ts";

/** A subscription and the first copies beside it, two at a time: `max_sync_workers_per_subscription`. */
const streams = 3;

/** Of the runner and of its copies, on one side. */
const connections = 12;

/** Bytes a second that a first copy does at the least, as we reckon. */
const copyRate = 10e6;
/** Bytes of the log that are kept for a subscriber which is away for a moment, whatever is written. */
const leastLog = 512e6;

/** https://www.postgresql.org/docs/17/logical-replication-config.html */
export async function walLevel(end: Connected): Promise<Finding> {
  const { level } = await ask<{ level: string }>(end, "SELECT current_setting('wal_level') AS level");
  return judge(level === "logical", "offline", {
    check: `wal level of ${end.name}`,
    found: `wal_level is ${level}`,
    needed: "wal_level logical",
    remedy: "Set wal_level to logical and restart the server.",
  });
}

/** Slots and senders of whoever publishes. */
export async function publisherRoom(end: Connected): Promise<Finding> {
  const room = await ask<{ slots: number; senders: number }>(
    end,
    `SELECT current_setting('max_replication_slots')::int - (SELECT count(*) FROM pg_replication_slots)::int AS slots,
       current_setting('max_wal_senders')::int - (SELECT count(*) FROM pg_stat_replication)::int AS senders`,
  );
  return judge(Math.min(room.slots, room.senders) >= streams, "offline", {
    check: `room for subscribers of ${end.name}`,
    found: `${room.slots} replication slots and ${room.senders} WAL senders are free`,
    needed: `${streams} of each`,
    remedy: "Raise max_replication_slots and max_wal_senders, or drop slots that nobody reads.",
  });
}

/** Workers and origins of whoever subscribes. */
export async function subscriberRoom(end: Connected): Promise<Finding> {
  const room = await ask<{ workers: number; processes: number; origins: number }>(
    end,
    `SELECT current_setting('max_logical_replication_workers')::int
         - (SELECT count(*) FROM pg_stat_subscription WHERE pid IS NOT NULL)::int AS workers,
       current_setting('max_worker_processes')::int - 1
         - (SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'logical replication % worker')::int AS processes,
       coalesce(current_setting('max_active_replication_origins', true), current_setting('max_replication_slots'))::int
         - (SELECT count(*) FROM pg_subscription)::int AS origins`,
  );
  return judge(Math.min(room.workers, room.processes, room.origins) >= streams, "offline", {
    check: `room for a subscription of ${end.name}`,
    found: `${room.workers} replication workers, ${room.processes} worker processes and ${room.origins} origins are free`,
    needed: `${streams} of each`,
    remedy:
      "Raise max_logical_replication_workers, max_worker_processes and max_replication_slots (max_active_replication_origins from PostgreSQL 18 on).",
  });
}

export async function connectionRoom(end: Connected): Promise<Finding> {
  const { left } = await ask<{ left: number }>(
    end,
    `SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
       - coalesce(current_setting('reserved_connections', true), '0')::int
       - (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')::int AS left`,
  );
  return judge(left >= connections, "blocks", {
    check: `connections of ${end.name}`,
    found: `${left} are free`,
    needed: `${connections} of the promotion`,
    remedy: "Raise max_connections, or end connections that nobody needs.",
  });
}

/** A slot that falls further behind than this is lost, and the first copy begins again. */
export async function keptLog(end: Connected): Promise<Finding> {
  const found = await ask<{ limit: number; rate: number; bytes: number }>(
    end,
    `SELECT (CASE setting WHEN '-1' THEN -1 ELSE setting::float8 * 1024 * 1024 END)::float8 AS limit,
       pg_database_size(current_database())::float8 AS bytes,
       (SELECT (wal_bytes / greatest(extract(epoch FROM now() - stats_reset), 60))::float8 FROM pg_stat_wal) AS rate
     FROM pg_settings WHERE name = 'max_slot_wal_keep_size'`,
  );
  const expected = Math.max(leastLog, (2 * found.rate * found.bytes) / copyRate);
  return judge(found.limit < 0 || found.limit >= expected, "offline", {
    check: `log that ${end.name} keeps`,
    found:
      found.limit < 0
        ? "max_slot_wal_keep_size has no limit"
        : `max_slot_wal_keep_size is ${size(found.limit)}, and ${size(found.rate)} a second are written`,
    needed: `${size(expected)} while ${size(found.bytes)} are copied`,
    remedy: `Raise max_slot_wal_keep_size, as far as the disk has room.`,
  });
}

/** PostgreSQL replicates no large objects, and no path copies them. The application has none. */
export async function largeObjects(end: Connected): Promise<Finding> {
  const { count } = await ask<{ count: number }>(
    end,
    "SELECT count(*)::int AS count FROM pg_largeobject_metadata",
  );
  return judge(count === 0, "blocks", {
    check: `large objects of ${end.name}`,
    found: count === 0 ? "none" : `${count}, which are not TestFarm's`,
    needed: "none: they are not moved",
    remedy: "Move them elsewhere, or remove them (lo_unlink).",
  });
}

/** Only one promotion moves an installation. */
export async function otherPromotion(end: Connected, run: string): Promise<Finding> {
  const { isThere } = await ask<{ isThere: boolean }>(
    end,
    `SELECT to_regclass('promotion.gate') IS NOT NULL AS "isThere"`,
  );
  const gate = isThere ? await readGate(end.client) : undefined;
  const isFree = gate !== undefined && (gate.state === "open" || gate.run === run);
  return judge(isFree, "blocks", {
    check: `other promotions of ${end.name}`,
    found:
      gate === undefined
        ? "it has no gate: an older version of the application has made it"
        : isFree
          ? "none"
          : `its gate is ${gate.state} for promotion ${gate.run}${gate.movedTo === null ? "" : `, which has moved it to ${gate.movedTo}`}`,
    needed: "no other one",
    remedy:
      gate === undefined
        ? "Bring it up to this version first (pulumi up)."
        : "Resume that promotion, or undo it.",
  });
}

const isPrivate =
  /^(localhost|127\.|10\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|\[::1\]|\[f[cd])|\.(internal|local|svc)$|^[^.:]+$/i;

/** Rows and a password go by it, through whatever lies between two servers. */
export function dialTls(end: Pick<Connected, "name" | "dialUrl">): Finding {
  const check = `TLS to ${end.name}`;
  const needed = "TLS, or a private network";
  const { dialUrl } = end;
  if (dialUrl === undefined || !URL.canParse(dialUrl))
    return {
      check,
      level: "offline",
      found: `no address at which the other side's server reaches it`,
      needed,
      remedy: "Give one, such as postgres://admin:...@203.0.113.7:5432/testfarm?sslmode=verify-full.",
    };
  const { host, hostname, searchParams } = new URL(dialUrl);
  const mode = searchParams.get("sslmode") ?? "prefer";
  const found = withoutCredentials(`${host} with sslmode=${mode}`);
  if (["verify-full", "verify-ca"].includes(mode)) return { check, level: "ok", found, needed, remedy: "" };
  const isOnWire = !["require", "no-verify"].includes(mode);
  if (isPrivate.test(hostname))
    return {
      check,
      level: isOnWire ? "note" : "ok",
      found: `${found}, in a private network`,
      needed,
      remedy: "",
    };
  return {
    check,
    level: isOnWire ? "offline" : "note",
    found: isOnWire ? `${found}: whoever is in between may read it` : `${found}: who answers is not verified`,
    needed,
    remedy:
      "Give an address with sslmode=verify-full, or with sslmode=require where its certificate is of no public authority.",
  };
}
