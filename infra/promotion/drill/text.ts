import type { Drilled } from "./drill.ts";

const grouped = (number: number): string => Math.round(number).toLocaleString("en-US");
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** What a drill has found, for people. */
export function toText({ from, to, scratch, seconds, database, objects, pause }: Drilled): string {
  const { rows, tables, bytes } = database;
  const screenshots = `${grouped(objects.number)} screenshots`;
  const rate = seconds.copy > 0 ? `, ${grouped(rows / seconds.copy)} a second` : "";
  const parts: readonly (readonly [string, number, string])[] = [
    ["make the stack", seconds.provision, scratch],
    ["copy the screenshots", seconds.objects, `${screenshots}, ${megabytes(objects.bytes)}`],
    [
      "copy the database",
      seconds.copy,
      `${megabytes(bytes)}, ${grouped(rows)} rows of ${tables} tables${rate}`,
    ],
    ["screenshots once more", seconds.objectsAgain, "those that have come since"],
    ["compare both", seconds.verify, `${grouped(rows)} rows, ${screenshots}`],
    ["run a session", seconds.smoke, ""],
    ["remove the stack", seconds.destroy, ""],
  ];
  const width = Math.max(...parts.map(([what]) => what.length));
  return [
    `${from} -> ${to}, rehearsed: nothing differs, and nothing of it is left`,
    ...parts.map(([what, took, more]) =>
      `  ${what.padEnd(width)} ${took.toFixed(1).padStart(7)} s  ${more}`.trimEnd(),
    ),
    "",
    `OFFLINE nobody could write for some ${pause} s: while the database is copied, the screenshots once more, and both are compared.`,
    `Before that ${from} is served; sessions that run are handed over or end first, which takes as long as they take.`,
    "",
  ].join("\n");
}
