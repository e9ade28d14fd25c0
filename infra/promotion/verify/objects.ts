import { atOnce } from "../at-once.ts";
import type { Progress } from "../contract.ts";
import { budget, inventory, named, persistently } from "../objects/ends.ts";
import { absent, counted, type Difference, differenceOf, type End } from "./contract.ts";

interface Comparing {
  readonly source: Pick<End, "name" | "objects">;
  readonly target: Pick<End, "name" | "objects">;
  /** `sizes`: what is in them is not read. */
  readonly objects: "all" | "sizes";
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
  const { source, target, objects, signal } = comparing;
  const difference = differenceOf(comparing);
  const [expected, found] = await Promise.all([inventory(source, signal), inventory(target, signal)]);
  const uneven = [...new Set([...expected.keys(), ...found.keys()])]
    .filter((key) => expected.get(key) !== found.get(key))
    .map((key) => difference("object", key, [sized(expected.get(key)), sized(found.get(key))]));
  const same = [...expected].filter(([key, bytes]) => found.get(key) === bytes);
  const changed = objects === "all" ? await compareContents(comparing, same) : [];
  const counts = [counted(expected.size, "object"), counted(found.size, "object")] as const;
  const differences = [uneven, changed].flatMap((all) => {
    const rest = all.length - told;
    if (rest <= 0) return all;
    const more = `${counted(rest, "object")} more ${rest === 1 ? "differs" : "differ"}`;
    return [...all.slice(0, told), difference(all[0]!.kind, "objects", counts, more)];
  });
  return { objects: expected.size, differences };
}

async function compareContents(
  { source, target, jobs = 16, signal, report, ...comparing }: Comparing,
  objects: readonly (readonly [key: string, bytes: number])[],
): Promise<Difference[]> {
  const difference = differenceOf({ source, target, ...comparing });
  const found: Difference[] = [];
  let done = 0;
  const tell = () => report?.({ what: "objects compared", done, of: objects.length });
  // It is read from both.
  const bytes = { of: ([, size]: readonly [string, number]) => 2 * size, budget };
  await atOnce(objects, { jobs, bytes, signal }, async ([key]) => {
    const pair = await Promise.all([hashOf(source, key, signal), hashOf(target, key, signal)]);
    // One that is removed meanwhile is not there, and has no other content.
    const kind = pair.includes(absent) ? "object" : "content of object";
    if (pair[0] !== pair[1]) found.push(difference(kind, key, pair));
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
