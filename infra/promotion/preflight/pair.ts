/** What is asked of both servers together. */
import { PromotionError } from "../contract.ts";
import { tryDial } from "../replication/subscription.ts";
import { ask, askList, judge, size } from "./ask.ts";
import type { Connected, Ends, Finding } from "./contract.ts";

/** Seconds that two clocks may differ by. */
const clockTolerance = 5;

/** How much more room than the database takes: indexes are built anew, and the log of the copy is kept for a while. */
const roomFactor = 1.5;

/** Neither rows nor the way back go to an older version. */
export async function versions({ source, target }: Ends): Promise<Finding> {
  const [one, other] = await Promise.all(
    [source, target].map((end) =>
      ask<{ major: number; version: string }>(
        end,
        `SELECT current_setting('server_version_num')::int / 10000 AS major, current_setting('server_version') AS version`,
      ),
    ),
  );
  return judge(other!.major >= one!.major, "blocks", {
    check: `version of ${target.name}`,
    found: `PostgreSQL ${other!.version}, and ${source.name} has ${one!.version}`,
    needed: `${one!.major} or newer`,
    remedy: `Provision ${target.name} with PostgreSQL ${one!.major} or newer.`,
  });
}

/** Text is copied as it is, and indexes are built anew in the order of the target. */
export async function encoding({ source, target }: Ends): Promise<Finding> {
  const [one, other] = await Promise.all(
    [source, target].map((end) =>
      ask<{ encoding: string; collation: string }>(
        end,
        `SELECT pg_encoding_to_char(encoding) AS encoding,
           concat_ws(' ', CASE datlocprovider WHEN 'c' THEN 'libc' WHEN 'i' THEN 'icu' ELSE 'builtin' END,
             coalesce(to_jsonb(pg_database) ->> 'datlocale', to_jsonb(pg_database) ->> 'daticulocale', datcollate)) AS collation
         FROM pg_database WHERE datname = current_database()`,
      ),
    ),
  );
  const finding = {
    check: `encoding of ${target.name}`,
    found: `${other!.encoding}, ${other!.collation}; ${source.name} has ${one!.encoding}, ${one!.collation}`,
    needed: `${one!.encoding}; another collation sorts names in another order, and nothing else`,
    remedy: `Make the database of ${target.name} with ENCODING '${one!.encoding}' TEMPLATE template0.`,
  };
  return other!.encoding === one!.encoding
    ? judge(other!.collation === one!.collation, "note", { ...finding, remedy: "" })
    : judge(false, "blocks", finding);
}

/** Windows are counted by each server's own clock; times of rows are the source's before, the target's after. */
export async function clocks({ source, target }: Ends): Promise<Finding> {
  const [one, other] = await Promise.all([source, target].map(behindHere));
  const seconds = Math.abs(one! - other!) / 1000;
  return judge(seconds <= clockTolerance, "note", {
    check: `clocks of ${source.name} and ${target.name}`,
    found: `they differ by ${seconds.toFixed(1)} s`,
    needed: `${clockTolerance} s or less`,
    remedy: "Synchronize them (NTP): times of sessions would jump with the move.",
  });
}

/** Milliseconds that a server's clock is behind this machine's, but for half of the way there and back. */
async function behindHere(end: Connected): Promise<number> {
  const sent = Date.now();
  const { now } = await ask<{ now: number }>(
    end,
    "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now",
  );
  return (sent + Date.now()) / 2 - now;
}

export async function disk({ source, target }: Ends): Promise<Finding> {
  const { bytes } = await ask<{ bytes: number }>(
    source,
    "SELECT pg_database_size(current_database())::float8 AS bytes",
  );
  const free = await freeBytes(target);
  const isSeen = free !== undefined;
  return judge(isSeen && free >= roomFactor * bytes, isSeen ? "blocks" : "note", {
    check: `disk of ${target.name}`,
    found: isSeen ? `${size(free)} are free` : "how much is free cannot be seen from here",
    needed: `${size(roomFactor * bytes)}: ${roomFactor} times ${source.name}'s database`,
    remedy: isSeen ? "Give it a larger disk." : "Look at its page or its server.",
  });
}

/**
 * PostgreSQL does not tell how full the disk of its data is. Where the owner may run programs on the server, which companies
 * allow nobody, `df` does (https://www.postgresql.org/docs/17/sql-copy.html: it begins in the directory of the data).
 */
async function freeBytes({ client }: Connected): Promise<number | undefined> {
  const may = "SELECT pg_has_role('pg_execute_server_program', 'USAGE') AS may";
  if (!(await ask<{ may: boolean }>({ client }, may)).may) return undefined;
  await client.query("CREATE TEMP TABLE disk_line (line text)");
  try {
    await client.query("COPY disk_line FROM PROGRAM 'df -P -k .'");
    const lines = await askList({ client }, "SELECT line FROM disk_line");
    const [, blocks] = /(\d+) +\d+% +\S+$/.exec(lines.at(-1) ?? "") ?? [];
    return blocks === undefined ? undefined : Number(blocks) * 1024;
  } finally {
    await client.query("DROP TABLE disk_line");
  }
}

/** Whether a server gets in at the other one, which is tried for real and leaves nothing. */
export async function dials(from: Connected, to: Connected): Promise<Finding> {
  const check = `way from ${from.name} to ${to.name}`;
  const needed = `that the server of ${from.name} can subscribe to that of ${to.name}`;
  const remedy = "Open that way, or go OFFLINE.";
  if (to.dialUrl === undefined) return { check, level: "offline", found: "no address", needed, remedy };
  try {
    await tryDial(from.client, to.dialUrl);
    return { check, level: "ok", found: `it gets in at ${new URL(to.dialUrl).host}`, needed, remedy: "" };
  } catch (error) {
    if (!(error instanceof PromotionError)) throw error;
    return { check, level: "offline", found: error.message, needed, remedy };
  }
}
