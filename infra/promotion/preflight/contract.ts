import type { Client } from "pg";
import type { Side } from "../contract.ts";

/**
 * `ok`: as it has to be. `note`: nothing is in the way, and the operator should know. `offline`: the data cannot follow while
 * it is served. `blocks`: there is no promotion before it is mended.
 */
export type Level = "ok" | "note" | "offline" | "blocks";

/** What one check has found. No secret is in it. */
export interface Finding {
  /** `wal level of mvp` */
  readonly check: string;
  readonly level: Level;
  /** `wal_level is replica` */
  readonly found: string;
  /** `wal_level logical` */
  readonly needed: string;
  /** What to do; `""` where nothing has to be done. */
  readonly remedy: string;
}

/** An end as preflight looks at it. */
export type Examined = Pick<Side, "name" | "databaseUrl" | "dialUrl" | "objects">;

/** An end with a connection of its owner. */
export interface Connected extends Examined {
  readonly client: Client;
}

/** Both ends. The target is there once it has been provisioned. */
export interface Ends {
  readonly run: string;
  readonly source: Connected;
  readonly target: Connected;
}
