/** Objects of a side, as whatever goes through all of them needs them. */
import { setTimeout } from "node:timers/promises";
import { PromotionError, type Side } from "../contract.ts";
import type { Listing } from "./contract.ts";

export type End = Pick<Side, "name" | "objects">;

/** An end of which nothing is asked but which objects it has. */
export interface Listed {
  readonly name: string;
  readonly objects: Listing;
}

/** Bytes of objects at the same time in memory, besides what a client needs to send and to receive them. */
export const budget = 32 * 1024 ** 2;
/** Milliseconds before an object is tried again. */
const pauses = [500, 2_000];

/** @throws {PromotionError} saying which side does not do what with which object. */
export async function named<T>({ name }: End, task: string, key: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw new PromotionError(`${name} does not ${task} ${key}: ${(cause as Error).message}`, { cause });
  }
}

/** Tries it three times. */
export async function persistently<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  for (const pause of pauses) {
    try {
      return await work();
    } catch (error) {
      if (signal?.aborted) throw error;
      await setTimeout(pause, undefined, { signal });
    }
  }
  return work();
}
