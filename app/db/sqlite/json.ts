export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** Whether every surrogate of a text has its other half. */
export const isWellFormed = (text: string): boolean => !/\p{Surrogate}/u.test(text);

/** What PostgreSQL has no place for, in words; `undefined` when there is nothing. */
export function refuseJson(value: Json): string | undefined {
  if (typeof value === "string") {
    if (value.includes("\0")) return "holds a NUL, which PostgreSQL has no place for";
    return isWellFormed(value) ? undefined : "holds half of a surrogate pair";
  }
  if (value === null || typeof value !== "object") return undefined;
  const parts: readonly Json[] = Array.isArray(value) ? value : Object.entries(value).flat();
  return parts.map(refuseJson).find((problem) => problem !== undefined);
}

/** JSON that is the same text for the same value, whatever the order of names. */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const held = value as Readonly<Record<string, unknown>>;
  const names = Object.keys(held)
    .filter((name) => held[name] !== undefined)
    .toSorted();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonicalJson(held[name])}`).join(",")}}`;
}
