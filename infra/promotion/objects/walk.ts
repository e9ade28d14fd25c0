/** Screenshots of two sides beside each other. Of neither more is in memory than a page of its listing. */
import { picturePrefix } from "../../../app/storage/contract.ts";
import { PromotionError } from "../contract.ts";
import type { Listing, StoredObject } from "./contract.ts";
import type { Listed } from "./ends.ts";

/** What both sides have by one key: its bytes; `undefined` where a side has no such object. */
export interface Pair {
  readonly key: string;
  readonly source: number | undefined;
  readonly target: number | undefined;
}

/**
 * Every screenshot of a side, by the bytes of keys.
 *
 * @throws {PromotionError} naming the side, also where they come in another order: beside another listing objects would
 * then seem to be missing that are not.
 */
export async function* screenshots({ name, objects }: Listed): AsyncGenerator<StoredObject, undefined> {
  let last: string | undefined;
  const listing = objects.list(picturePrefix)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await listing.next().catch((cause: Error) => {
        throw new PromotionError(`${name} does not list its objects: ${cause.message}`, { cause });
      });
      if (done === true) return undefined;
      if (last !== undefined && compareKeys(last, value.key) >= 0)
        throw new PromotionError(
          `${name} lists ${value.key} after ${last}: its store does not list by the bytes of keys, as S3 does, so that both sides cannot be compared. Move its screenshots into a bucket that does (for AWS: a general purpose one).`,
        );
      last = value.key;
      yield value;
    }
  } finally {
    await listing.return?.();
  }
}

/** Every key that either side has, in order. What is written or removed behind it meanwhile is not met again. */
export async function* beside(source: Listed, target: Listed): AsyncGenerator<Pair> {
  const [there, here] = [screenshots(source), screenshots(target)];
  const next = async (of: typeof there) => (await of.next()).value;
  try {
    let [one, other] = await Promise.all([next(there), next(here)]);
    for (;;) {
      const order = compare(one, other);
      const [isThere, isHere] = [order <= 0, order >= 0];
      const key = (isThere ? one : other)?.key;
      if (key === undefined) return;
      yield { key, source: isThere ? one?.bytes : undefined, target: isHere ? other?.bytes : undefined };
      [one, other] = await Promise.all([isThere ? next(there) : one, isHere ? next(here) : other]);
    }
  } finally {
    await Promise.all([there.return(undefined), here.return(undefined)]);
  }
}

/** What an end has of those that are in a listing, too. */
export const among = ({ name, objects }: Listed, listing: Listing): Listed => ({
  name,
  objects: {
    async *list() {
      for await (const { key, source, target } of beside({ name, objects }, { name, objects: listing }))
        if (source !== undefined && target !== undefined) yield { key, bytes: source };
    },
  },
});

/** What a listing has no more of comes last. */
function compare(one: StoredObject | undefined, other: StoredObject | undefined): number {
  if (one === undefined || other === undefined)
    return Number(one === undefined) - Number(other === undefined);
  return compareKeys(one.key, other.key);
}

/** By UTF-8: JavaScript's own order of texts is another one beyond its first 65,536 characters. */
const compareKeys = (one: string, other: string): number =>
  one === other ? 0 : Buffer.compare(Buffer.from(one), Buffer.from(other));
