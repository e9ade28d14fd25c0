import type { Side } from "../contract.ts";
import type { ObjectStore } from "../objects/contract.ts";

/** Where an old database is imported to. */
export interface Target extends Pick<Side, "databaseUrl" | "close"> {
  readonly objects: Pick<ObjectStore, "put" | "get">;
}
