import { setTimeout as sleep } from "node:timers/promises";
import { PromotionError } from "../contract.ts";
import { isOfConnection, reasonOf } from "./reason.ts";

interface Options {
  /** `copy-objects`. */
  readonly name: string;
  readonly timeout: number;
  /** Aborts when it is to end. */
  readonly signal: AbortSignal;
  /** Before it is tried again, at first; each time four times as long. */
  readonly interval: number;
  readonly stopPatience: number;
  readonly note: (text: string) => void;
}

const tries = 4;

/** It goes on, though it was told to end: what it does must not be undone at the same time. */
export class StillRunning extends PromotionError {}

/**
 * Does something within its time, a few times if it fails by a connection.
 *
 * @throws what it has failed with; the signal's reason when that has ended it.
 * @throws {StillRunning}
 */
export async function perform<T>(
  work: (signal: AbortSignal) => Promise<T>,
  { name, timeout, signal: outer, interval, stopPatience, note }: Options,
): Promise<T> {
  const overdue = new AbortController();
  const timer = setTimeout(() => {
    overdue.abort(new PromotionError(`It has not ended after ${timeout / 1_000} s.`));
  }, timeout);
  const signal = AbortSignal.any([outer, overdue.signal]);
  try {
    for (let pause = interval, left = tries - 1; ; pause *= 4, left--) {
      signal.throwIfAborted();
      try {
        return await ended(work(signal), { name, signal, stopPatience });
      } catch (error) {
        if (error instanceof StillRunning) throw error;
        signal.throwIfAborted();
        if (left === 0 || !isOfConnection(error)) throw error;
        note(`${name} is tried again in ${pause / 1_000} s: ${reasonOf(error)}`);
      }
      await sleep(pause, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    clearTimeout(timer);
  }
}

/** Waits for it, after the signal has aborted for a while only. */
async function ended<T>(
  work: Promise<T>,
  { name, signal, stopPatience }: Pick<Options, "name" | "signal" | "stopPatience">,
): Promise<T> {
  const over = new AbortController();
  const late = async (): Promise<never> => {
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener("abort", () => resolve(), { signal: over.signal });
    });
    await sleep(stopPatience, undefined, { signal: over.signal });
    throw new StillRunning(
      `${name} was told to end (${reasonOf(signal.reason)}), and has not within ${stopPatience / 1_000} s. End this process, then resume.`,
    );
  };
  try {
    return await Promise.race([work, late()]);
  } finally {
    over.abort();
  }
}
