import type { Connected, Finding, Level } from "./contract.ts";

/** The single row that a question is answered with. */
export async function ask<Row extends object>(
  { client }: Pick<Connected, "client">,
  question: string,
  values: readonly unknown[] = [],
): Promise<Row> {
  return (await client.query<Row>(question, [...values])).rows[0]!;
}

/** The first column of each row. */
export async function askList({ client }: Pick<Connected, "client">, question: string): Promise<string[]> {
  const { rows } = await client.query<Record<string, string>>(question);
  return rows.map((row) => String(Object.values(row)[0]));
}

/** @param otherwise how bad it is where it is not as it has to be. */
export const judge = (
  isRight: boolean,
  otherwise: Exclude<Level, "ok">,
  finding: Omit<Finding, "level">,
): Finding => (isRight ? { ...finding, level: "ok", remedy: "" } : { ...finding, level: otherwise });

/** `1.5 GB` */
export function size(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
  return `${Number((bytes / 1000 ** power).toPrecision(3))} ${units[power]}`;
}

/** At most five, and how many more. */
export const some = (names: readonly string[]): string =>
  names.length <= 5 ? names.join(", ") : `${names.slice(0, 5).join(", ")} and ${names.length - 5} more`;
