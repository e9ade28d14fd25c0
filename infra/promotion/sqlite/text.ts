import type { Report } from "./import.ts";

const number = new Intl.NumberFormat("en");
const lines = (all: readonly string[]): string => all.map((line) => `${line}\n`).join("");

/** What came of an import, for a terminal. */
export function reportText(
  report: Report,
  { isDryRun, hasPasswords }: { isDryRun: boolean; hasPasswords: boolean },
): string {
  const { outcome, problems, differences, screenshots } = report;
  if (outcome === "refused")
    return lines([
      ...problems.general.map((each) => `- ${each}`),
      ...problems.columns.flatMap(({ column, total, first }) => [
        `- ${column}: ${number.format(total)} ${total === 1 ? "value does" : "values do"} not fit${total > first.length ? `, of which these are the first ${first.length}; --json lists all` : ""}`,
        ...first.map(({ table, row, value, problem }) => `    ${table} row ${row}: ${value} ${problem}`),
      ]),
      `Refused: ${number.format(problems.total)} in all. Nothing was written. Mend the old database or the mapping (docs/import-sqlite.md).`,
    ]);
  if (outcome === "different")
    return lines([
      ...differences.slice(0, 100).map((each) => `- ${each}`),
      `What was written is not what was read: ${number.format(differences.length)} differences. Has somebody used the installation meanwhile?`,
    ]);
  const done = outcome === "imported" ? "has, compared with the file" : "would have";
  return lines([
    ...Object.entries(report.tables).map(
      ([table, { rows }]) => `${number.format(rows).padStart(12)}  ${table}`,
    ),
    `${number.format(screenshots.count).padStart(12)}  screenshots (${number.format(screenshots.bytes)} bytes)`,
    `That is what the installation ${done}.`,
    ...(outcome === "imported"
      ? [
          hasPasswords
            ? "Each user has a first password in the file that you named; hand them out and remove it."
            : "No user has a password.",
        ]
      : []),
    ...(isDryRun ? ["Nothing was written: --dry-run."] : []),
  ]);
}
