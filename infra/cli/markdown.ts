/** Markdown for GitHub of texts that anybody may have written, such as the names in a pull request. */

/** Rows of a table; what comes after them is counted. GitHub takes 65,536 characters. */
const most = 40;
/** Characters of a text; a longer one is cut. */
const longest = 200;

/**
 * A text as code, shown as it is whatever is in it. All but letters, digits, spaces, commas and hyphens are numeric references,
 * which never stand for Markdown's own signs: https://spec.commonmark.org/0.31.2/#entity-and-numeric-character-references.
 * Within code GitHub makes no mention, link to an issue or emoji of it.
 */
export const code = (text: string): string => `<code>${literal(cut(text))}</code>`;

/** The same for a text of several lines. It has to begin a line of the document, and is one line itself. */
export const block = (text: string): string =>
  `<pre>${text.trim().split("\n").map(literal).join("&#10;")}</pre>`;

const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;

/** @param rows of Markdown without line breaks. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const rest = rows.length - most;
  return [
    line(headings),
    line(headings.map(() => "---")),
    ...rows.slice(0, most).map(line),
    ...(rest > 0 ? ["", `and ${rest} more.`] : []),
  ];
}

/** Folded up under its title. @param lines of Markdown, an empty one first. */
export const folded = (title: string, lines: readonly string[]): string[] => [
  `<details><summary>${title}</summary>`,
  ...lines,
  "",
  "</details>",
];

/** @param what as one of it is called. */
export const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? "" : "s"}`;

const literal = (text: string): string =>
  text
    // Control and formatting characters, which could turn round what is read.
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, " ")
    .replaceAll(/[^\p{L}\p{N} ,-]/gu, (character) => `&#${character.codePointAt(0)};`);

function cut(text: string): string {
  const characters = [...text];
  return characters.length <= longest ? text : `${characters.slice(0, longest).join("")}…`;
}
