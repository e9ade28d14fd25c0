import type { Side } from "../contract.ts";

/** A side, as far as it is compared. */
export type End = Pick<Side, "name" | "databaseUrl" | "objects">;

/** Sequences by their quoted names. */
export type Sequences = ReadonlyMap<string, { readonly next: bigint; readonly increment: bigint }>;

/** One moment of a side that is written to. */
export interface Moment {
  /** Id of a snapshot that a transaction there has exported and keeps. */
  readonly snapshot: string;
  /** Where they were, which no snapshot says: no row of that moment has a number from beyond. */
  readonly sequences: Sequences;
}

/** What is not the same on both sides. No value of a row is in it: it may be a secret. */
export interface Difference {
  readonly kind:
    | "table"
    | "column"
    | "rows"
    | "index"
    | "constraint"
    | "sequence"
    /** There or not, or as long. */
    | "object"
    | "content of object";
  /** `public.sessions`, `sequence public.links_id_seq`, `org/1/session/2/1/3.webp`. */
  readonly place: string;
  readonly source: Found;
  readonly target: Found;
  /** Which rows: `missing there: 6f1c..., 7a02...`. */
  readonly more?: string;
}

interface Found {
  /** Name of the side. */
  readonly side: string;
  readonly value: string;
}

/** What a comparison has gone through on the source, and how fast. */
export interface Measured {
  readonly rows: number;
  /** How many of them were read in it, and not ahead of it. */
  readonly rowsRead: number;
  readonly objects: number;
  readonly rowsPerSecond: number;
  readonly objectsPerSecond: number;
}

/** How a difference is told of that only one side knows a thing. */
export const absent = "missing";

/** What the two sides have in place of a thing, in words; a name each where they differ. */
export type Pair = readonly [source: string, target: string];

/** @param of the sides. */
export const differenceOf =
  (of: { readonly source: Pick<End, "name">; readonly target: Pick<End, "name"> }) =>
  (kind: Difference["kind"], place: string, [source, target]: Pair, more?: string): Difference => ({
    kind,
    place,
    source: { side: of.source.name, value: source },
    target: { side: of.target.name, value: target },
    ...(more !== undefined && { more }),
  });

/** 41,203 */
export const grouped = (count: number | bigint): string => count.toLocaleString("en-US");
export const counted = (count: number | bigint, unit: "row" | "object"): string =>
  `${grouped(count)} ${unit}${Number(count) === 1 ? "" : "s"}`;
