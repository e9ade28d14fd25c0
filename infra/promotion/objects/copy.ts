import { hashOf } from "../../../app/objects/frames.ts";
import { type Progress, PromotionError } from "../contract.ts";
import { atOnce } from "../at-once.ts";
import type { StoredObject } from "./contract.ts";
import { budget, type End, inventory, named, persistently, screenshots } from "./ends.ts";

interface Copying {
  readonly source: End;
  readonly target: End;
  /** Objects at the same time. Default: 16. */
  readonly jobs?: number;
  /** What the target is known to have, size by key, in place of asking it: of an earlier call. It is not changed. */
  readonly known?: ReadonlyMap<string, number> | undefined;
  /** Whether what the source has not is removed from the target: where nobody writes on either side. Default: no. */
  readonly exact?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly report?: (progress: Progress) => void;
}

interface Copied {
  /** That the source has. */
  readonly objects: number;
  readonly copied: number;
  /** Of those that were copied. */
  readonly bytes: number;
  readonly removed: number;
  /** What the target has now, for a later call: size by key. */
  readonly known: ReadonlyMap<string, number>;
}

/** Milliseconds between two reports. */
const interval = 500;

/**
 * Copies every screenshot of the source that the target has not in the same size, and reads each back. What stands beside
 * the screenshots in a bucket, a database's log or a promotion's own notes, is neither copied nor removed. Called again,
 * it goes on where it was.
 *
 * @throws {PromotionError} naming the object and the side, once it has been tried three times.
 */
export async function copyObjects(options: Copying): Promise<Copied> {
  const { source, target, jobs = 16, exact = false, signal, report } = options;
  const known = new Map(options.known ?? (await inventory(target, signal)));
  const extra = exact ? new Set(known.keys()) : undefined;
  const counts = { objects: 0, copied: 0, bytes: 0 };
  let reported = performance.now();
  const tell = (of: number) =>
    report?.({
      what: "objects",
      done: counts.objects,
      of: Math.max(of, counts.objects),
      bytes: counts.bytes,
    });
  async function* missing(): AsyncGenerator<StoredObject> {
    for await (const object of screenshots(source)) {
      counts.objects++;
      extra?.delete(object.key);
      if (performance.now() - reported > interval) {
        reported = performance.now();
        tell(known.size);
      }
      if (known.get(object.key) !== object.bytes) yield object;
    }
  }
  const limits = { jobs, bytes: { of: ({ bytes }: StoredObject) => bytes, budget }, signal };
  await atOnce(missing(), limits, async ({ key }) => {
    const bytes = await persistently(() => copy(source, target, key), signal);
    // Somebody has removed it meanwhile.
    if (bytes === undefined) return;
    known.set(key, bytes);
    counts.copied++;
    counts.bytes += bytes;
  });
  await atOnce(extra ?? [], { jobs, signal }, async (key) => {
    await persistently(() => named(target, "remove", key, target.objects.remove(key)), signal);
    known.delete(key);
  });
  tell(counts.objects);
  return { ...counts, removed: extra?.size ?? 0, known };
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
