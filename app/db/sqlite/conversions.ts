/** How a value of the old database is read. None is bent until it fits: what does not fit is told with its place. */
import { isWellFormed, type Json, refuseJson } from "./json.ts";
import { refuseJsonText } from "./json-text.ts";
import { type Picture, refusePicture } from "./picture.ts";

/** A value as SQLite holds it, whatever its column was declared as. */
export type Cell =
  | { readonly type: "null" }
  | { readonly type: "integer"; readonly value: number | bigint }
  | { readonly type: "real"; readonly value: number }
  | { readonly type: "text"; readonly value: string }
  /** Text whose bytes are not UTF-8. */
  | { readonly type: "broken text"; readonly value: Uint8Array }
  | { readonly type: "blob"; readonly value: Uint8Array }
  /** A text or blob that is not read, and its bytes. */
  | { readonly type: "too long"; readonly value: number };

/** What a field of the new product is, as a value here. */
export interface Values {
  /** An id, or a reference to one: as text, since both 7 and "a7" are ids. */
  readonly key: string;
  readonly text: string;
  readonly integer: number;
  readonly moment: Date;
  readonly flag: boolean;
  readonly choice: string;
  readonly json: Json;
  readonly picture: Picture;
}
export type FieldType = keyof Values;

/** The value does not fit. The message goes on after it: `... must be 0 or 1`. */
export class Misfit extends Error {
  override readonly name = "Misfit";
}

/** What the mapping may say beside the name of a conversion. */
export interface ConversionOptions {
  /** `choice`: what each old value is in the new product. */
  readonly choices?: Readonly<Record<string, string>> | undefined;
  /** `json`: what names of an object are in the new product. */
  readonly rename?: Readonly<Record<string, string>> | undefined;
}

interface Conversion<Type extends FieldType> {
  /** What fields it is for. */
  readonly yields: Type;
  /** @throws {Misfit} */
  readonly convert: (cell: Cell, options: ConversionOptions) => Values[Type];
}
const conversion = <Type extends FieldType>(
  yields: Type,
  convert: Conversion<Type>["convert"],
): Conversion<Type> => ({ yields, convert });

/** An e-mail address as accounts have it. */
export const inSmallLetters = (email: string): string => email.toLowerCase();

/** Milliseconds. Seconds, or microseconds, would lie outside. */
const [earliest, latest] = [Date.UTC(2000, 0), Date.UTC(2100, 0)];

/** By the names that the mapping gives them. */
export const conversions = {
  /** An integer or a text. */
  id: conversion("key", (cell) => {
    if (cell.type === "integer") return String(cell.value);
    const key = text(cell, "must be an integer or a text");
    if (key === "") throw new Misfit("must not be empty");
    return key;
  }),
  text: conversion("text", (cell) => text(cell, "must be a text")),
  /** A text that is compared without regard to case. */
  email: conversion("text", (cell) => inSmallLetters(text(cell, "must be a text"))),
  integer: conversion("integer", (cell) => integer(cell, 2 ** 31 - 1)),
  /** Milliseconds since 1970 in UTC. */
  milliseconds: conversion("moment", (cell) => moment(cell, 1)),
  /** Seconds since 1970 in UTC. */
  seconds: conversion("moment", (cell) => moment(cell, 1_000)),
  /** 0 or 1. */
  flag: conversion("flag", (cell) => {
    if (cell.type === "integer" && (cell.value === 0 || cell.value === 1)) return cell.value === 1;
    throw new Misfit("must be 0 or 1");
  }),
  choice: conversion("choice", (cell, { choices = {} }) => {
    const allowed = `must be one of ${Object.keys(choices).join(", ")}`;
    const old = text(cell, allowed);
    const chosen = Object.hasOwn(choices, old) ? choices[old] : undefined;
    if (chosen === undefined) throw new Misfit(allowed);
    return chosen;
  }),
  json: conversion("json", (cell, { rename = {} }) => {
    const parsed = parseJson(text(cell, "must be JSON as a text"));
    const problem = refuseJson(parsed);
    if (problem !== undefined) throw new Misfit(problem);
    if (parsed === null || typeof parsed !== "object" || Array.isArray(parsed)) return parsed;
    const renamed = new Map<string, Json>();
    for (const [old, value] of Object.entries(parsed)) {
      const name = Object.hasOwn(rename, old) ? rename[old]! : old;
      if (renamed.has(name)) throw new Misfit(`has two names that become ${JSON.stringify(name)}`);
      renamed.set(name, value);
    }
    return Object.fromEntries(renamed);
  }),
  /** PNG or WebP; `data:image/png;base64,` may stand before it. */
  base64: conversion("picture", (cell) => {
    const encoded = text(cell, "must be base64 as a text").replace(/^data:image\/\w+;base64,/, "");
    const bytes = Buffer.from(encoded, "base64");
    if (encoded === "" || bytes.toString("base64") !== encoded) throw new Misfit("must be base64");
    return picture(bytes);
  }),
  /** PNG or WebP as it is. */
  blob: conversion("picture", (cell) => {
    if (cell.type !== "blob") throw new Misfit("must be a blob");
    return picture(Buffer.from(cell.value));
  }),
  /** Path of a PNG or WebP under the directory that `--screenshots` names. */
  file: conversion("picture", (cell) => {
    const file = text(cell, "must be a path as a text");
    if (!/^(?!\/)(?!.*(^|\/)\.\.?(\/|$))[^\\]+$/s.test(file))
      throw new Misfit("must be a path inside the directory of --screenshots, without . and ..");
    return { file };
  }),
} as const satisfies Readonly<Record<string, Conversion<FieldType>>>;
export type ConversionName = keyof typeof conversions;

function text(cell: Cell, expected: string): string {
  if (cell.type === "broken text") throw new Misfit("is text that is not UTF-8");
  if (cell.type !== "text") throw new Misfit(expected);
  if (cell.value.includes("\0")) throw new Misfit("holds a NUL, which PostgreSQL has no place for");
  if (!isWellFormed(cell.value)) throw new Misfit("holds half of a surrogate pair");
  return cell.value;
}

function integer(cell: Cell, most: number): number {
  if (cell.type !== "integer") throw new Misfit("must be an integer");
  if (typeof cell.value === "number" && cell.value >= -most - 1 && cell.value <= most) return cell.value;
  throw new Misfit(`must be from ${-most - 1} to ${most}`);
}

function moment(cell: Cell, milliseconds: number): Date {
  const unit = milliseconds === 1 ? "milliseconds" : "seconds";
  if (cell.type !== "integer") throw new Misfit(`must be an integer, in ${unit} since 1970`);
  const time = Number(cell.value) * milliseconds;
  if (time >= earliest && time < latest) return new Date(time);
  throw new Misfit(`must be ${unit} since 1970, between the years 2000 and 2099`);
}

function picture(bytes: Buffer): Picture {
  const problem = refusePicture(bytes);
  if (problem !== undefined) throw new Misfit(problem);
  return { bytes };
}

function parseJson(source: string): Json {
  const problem = refuseJsonText(source);
  if (problem !== undefined) throw new Misfit(problem);
  try {
    return JSON.parse(source) as Json;
  } catch {
    throw new Misfit("must be JSON");
  }
}
