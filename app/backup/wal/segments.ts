/**
 * The write-ahead log in its parts of 16 MB, PostgreSQL's default. A *position* counts them from the beginning of the
 * log, whatever the timeline: https://www.postgresql.org/docs/17/wal-internals.html
 */

/** In one of the 4 GB that the middle of a name counts. */
const perFile = 256;

/** The name of a whole segment, such as `000000010000000A000000FF`. */
const named = /^([0-9A-F]{8})([0-9A-F]{8})000000([0-9A-F]{2})$/;

export const isSegment = (name: string): boolean => named.test(name);

export function positionOf(segment: string): number {
  const [, , file = "", part = ""] = named.exec(segment) ?? [];
  return Number.parseInt(file, 16) * perFile + Number.parseInt(part, 16);
}

/** Of the segment that a location such as `A/FF000028` is in. */
export function positionAt(location: string): number {
  const [file = "", offset = ""] = location.split("/");
  return Number.parseInt(file, 16) * perFile + Math.floor(Number.parseInt(offset, 16) / 2 ** 24);
}

/** The name of the segment at a position. */
export const segmentAt = (position: number, timeline = "00000001"): string =>
  timeline + hex(Math.floor(position / perFile)) + hex(position % perFile);

const hex = (number: number) => number.toString(16).toUpperCase().padStart(8, "0");

/** Where the segments begin that lead without a hole to the one at `next`, which is to come. */
export function beginOfRun(positions: Iterable<number>, next: number): number {
  const there = new Set(positions);
  let begin = next;
  while (there.has(begin - 1)) begin -= 1;
  return begin;
}
