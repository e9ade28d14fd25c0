import { atOnce } from "../at-once.ts";
import type { Progress } from "../contract.ts";
import type { Listing, StoredObject } from "../objects/contract.ts";
import { budget, named, persistently } from "../objects/ends.ts";
import { among, beside, type Pair } from "../objects/walk.ts";
import { absent, counted, type Difference, differenceOf, type End } from "./contract.ts";

interface Comparing {
  readonly source: Pick<End, "name" | "objects">;
  readonly target: Pick<End, "name" | "objects">;
  /** `sizes`: what is in them is not read. */
  readonly objects: "all" | "sizes";
  /**
   * Those of the source in a moment, where others write to it: only they are compared, and none that the source has removed
   * since. Default: those of now.
   */
  readonly moment?: Listing | undefined;
  /** Objects at the same time. Default: 16. */
  readonly jobs?: number;
  readonly signal?: AbortSignal | undefined;
  readonly report?: ((progress: Progress) => void) | undefined;
}

/** Objects of which it is told in full what is wrong with them, of each kind; the others are counted. */
const told = 10;

/** Compares which screenshots there are, how long they are, and what is in them. */
export async function verifyObjects(comparing: Omit<Comparing, "objects">): Promise<Difference[]> {
  return (await compareObjects({ ...comparing, objects: "all" })).differences;
}

/** @returns also how many the source has. */
export async function compareObjects(
  comparing: Comparing,
): Promise<{ readonly objects: number; readonly differences: Difference[] }> {
  const { objects, signal } = comparing;
  const difference = differenceOf(comparing);
  const numbers = { source: 0, target: 0, same: 0 };
  const uneven = firstOf();
  await atOnce(pairs(comparing), { jobs: 1, signal }, async ({ key, ...bytes }) => {
    if (bytes.source !== undefined) numbers.source++;
    if (bytes.target !== undefined) numbers.target++;
    if (bytes.source === bytes.target) numbers.same++;
    else uneven.add(difference("object", key, [sized(bytes.source), sized(bytes.target)]));
  });
  const changed = objects === "all" ? await compareContents(comparing, numbers.same) : firstOf();
  const counts = [counted(numbers.source, "object"), counted(numbers.target, "object")] as const;
  const differences = [uneven, changed].flatMap(({ first, rest }) => {
    if (rest() === 0) return first;
    const more = `${counted(rest(), "object")} more ${rest() === 1 ? "differs" : "differ"}`;
    return [...first, difference(first[0]!.kind, "objects", counts, more)];
  });
  return { objects: numbers.source, differences };
}

async function* pairs({
  source,
  target,
  moment,
}: Pick<Comparing, "source" | "target" | "moment">): AsyncGenerator<Pair> {
  if (moment === undefined) return yield* beside(source, target);
  for await (const pair of beside(among(source, moment), among(target, moment)))
    if (pair.source !== undefined) yield pair;
}

/** Differences of a kind, as many as are told. */
function firstOf() {
  const first: Difference[] = [];
  let rest = 0;
  return {
    first: first as readonly Difference[],
    /** How many there are besides. */
    rest: () => rest,
    add(difference: Difference) {
      if (first.length < told) first.push(difference);
      else rest++;
    },
  };
}

/** @param of how many both sides have in the same size, as far as is known. */
async function compareContents(
  { source, target, moment, jobs = 16, signal, report }: Comparing,
  of: number,
): Promise<ReturnType<typeof firstOf>> {
  const difference = differenceOf({ source, target });
  const found = firstOf();
  let done = 0;
  const tell = () => report?.({ what: "objects compared", done, of: Math.max(of, done) });
  async function* same(): AsyncGenerator<StoredObject> {
    for await (const { key, ...bytes } of pairs({ source, target, moment }))
      if (bytes.source !== undefined && bytes.source === bytes.target) yield { key, bytes: bytes.source };
  }
  // It is read from both.
  const bytes = { of: ({ bytes: size }: StoredObject) => 2 * size, budget };
  await atOnce(same(), { jobs, bytes, signal }, async ({ key }) => {
    const pair = await Promise.all([hashOf(source, key, signal), hashOf(target, key, signal)]);
    const isGone = moment !== undefined && pair[0] === absent;
    // One that is removed meanwhile is not there, and has no other content.
    const kind = pair.includes(absent) ? "object" : "content of object";
    if (pair[0] !== pair[1] && !isGone) found.add(difference(kind, key, pair));
    if (++done % 100 === 0) tell();
  });
  tell();
  return found;
}

const sized = (bytes: number | undefined): string => (bytes === undefined ? absent : `${bytes} bytes`);

async function hashOf(
  end: Comparing["source"],
  key: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const hash = await persistently(() => named(end, "read", key, end.objects.hash(key)), signal);
  return hash === undefined ? absent : `SHA-256 ${hash}`;
}
