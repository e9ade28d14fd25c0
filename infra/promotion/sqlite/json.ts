import type { Report } from "./import.ts";
import type { Problem } from "./problems.ts";

/**
 * What came of an import as JSON, with each row that does not fit as `problems.rows`. They are written as they are found:
 * memory has not room for all. A document is whole once its report is written.
 */
export function jsonReport(write: (text: string) => unknown) {
  let [lead, separator] = ['{\n"problems": {"rows": [', "\n"];
  return {
    problem(problem: Problem) {
      write(`${lead}${separator}${JSON.stringify(problem)}`);
      [lead, separator] = ["", ",\n"];
    },
    end({ problems: { columns, ...problems }, ...report }: Report) {
      const totals = { ...problems, columns: columns.map(({ column, total }) => ({ column, total })) };
      write(`${lead}],\n${inner(totals)}},\n${inner(report)}}\n`);
    },
  };
}

/** Without its braces. */
const inner = (value: object): string => JSON.stringify(value, null, 2).slice(2, -1);
