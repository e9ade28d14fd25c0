import { hashOf } from "../../../app/objects/frames.ts";
import { type Progress, PromotionError } from "../contract.ts";
import { atOnce } from "../at-once.ts";
import type { StoredObject } from "./contract.ts";
import { budget, type End, named, persistently } from "./ends.ts";
import { beside } from "./walk.ts";

interface Copying {
  readonly source: End;
  readonly target: End;
  /** Objects at the same time. Default: 16. */
  readonly jobs?: number;
  /** Whether what the source has not is removed from the target: where nobody writes on either side. Default: no. */
  readonly exact?: boolean;
  /** Asked before each is removed; what it throws ends it. */
  readonly mayRemove?: () => Promise<void>;
  readonly signal?: AbortSignal | undefined;
  readonly report?: ((progress: Progress) => void) | undefined;
}

interface Copied {
  /** That the source has. */
  readonly objects: number;
  readonly copied: number;
  /** Of those that were copied. */
  readonly bytes: number;
  readonly removed: number;
}

/** Milliseconds between two reports. */
const interval = 500;
/** Keys in memory of objects that are to be removed. Where there are more, both sides are gone through again. */
const mostExtra = 10_000;

/**
 * Copies every screenshot of the source that the target has not in the same size, and reads each back. What stands beside
 * the screenshots in a bucket, a database's log or a promotion's own notes, is neither copied nor removed. Called again,
 * it goes on where it was.
 *
 * @throws {PromotionError} naming the object and the side, once it has been tried three times, or a side whose listing is in
 * no order; nothing was removed then.
 */
export async function copyObjects(options: Copying): Promise<Copied> {
  const { exact = false } = options;
  const all = { copied: 0, bytes: 0, removed: 0 };
  for (;;) {
    const { objects, copied, bytes, extra } = await copyMissing(options);
    all.copied += copied;
    all.bytes += bytes;
    if (exact) all.removed += await remove(options, extra);
    if (!exact || extra.length < mostExtra) return { objects, ...all };
  }
}

async function copyMissing({ source, target, jobs = 16, signal, report }: Copying) {
  const counts = { objects: 0, copied: 0, bytes: 0 };
  /** What only the target has. */
  const extra: string[] = [];
  let reported = performance.now();
  const tell = () =>
    report?.({ what: "objects", done: counts.objects, of: counts.objects, bytes: counts.bytes });
  async function* missing(): AsyncGenerator<StoredObject> {
    for await (const { key, source: bytes, target: found } of beside(source, target)) {
      if (bytes === undefined) {
        if (extra.length < mostExtra) extra.push(key);
        continue;
      }
      counts.objects++;
      if (performance.now() - reported > interval) {
        reported = performance.now();
        tell();
      }
      if (found !== bytes) yield { key, bytes };
    }
  }
  const limits = { jobs, bytes: { of: ({ bytes }: StoredObject) => bytes, budget }, signal };
  await atOnce(missing(), limits, async ({ key }) => {
    const bytes = await persistently(() => copy(source, target, key), signal);
    // Somebody has removed it meanwhile.
    if (bytes === undefined) return;
    counts.copied++;
    counts.bytes += bytes;
  });
  tell();
  return { ...counts, extra };
}

/** @returns how many. */
async function remove(
  { target, jobs = 16, signal, mayRemove }: Copying,
  keys: readonly string[],
): Promise<number> {
  await atOnce(keys, { jobs, signal }, async (key) => {
    await mayRemove?.();
    await persistently(() => named(target, "remove", key, target.objects.remove(key)), signal);
  });
  return keys.length;
}

async function copy(source: End, target: End, key: string): Promise<number | undefined> {
  const body = await named(source, "give", key, source.objects.get(key));
  if (body === undefined) return undefined;
  await named(target, "take", key, target.objects.put(key, body));
  const [sent, found] = [hashOf(body), await named(target, "read", key, target.objects.hash(key))];
  if (sent === found) return body.length;
  const instead = found === undefined ? "nothing is there" : `there is SHA-256 ${found}`;
  throw new PromotionError(
    `${target.name} has taken ${key} and gives back something else: ${instead} in place of ${sent}. Does somebody else write into its bucket?`,
  );
}
