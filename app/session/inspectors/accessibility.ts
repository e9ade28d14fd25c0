import axe from "axe-core";
import type { NodeResult, Result, RunOptions } from "axe-core";
import type { Page } from "playwright-core";
import type { Finding } from "../../contract.ts";
import { finding, openingTag, pathOf, shapeOf } from "./finding.ts";
import type { StartInspector } from "./contract.ts";

/** WCAG 2.2 A and AA; axe's best practices are opinions about structure, not what stops a user. */
const options: RunOptions = {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
  resultTypes: ["violations"],
  iframes: false,
};

/** Rules about controls that nobody can name. */
const labelRules = new Set(["label", "select-name", "aria-input-field-name", "aria-toggle-field-name"]);

/** Titles as a tester would put them; other rules have axe's own words. */
const titles: Readonly<Record<string, (element: string) => string>> = {
  label: (element) => `The form field ${element} has no label`,
  "select-name": (element) => `The list ${element} has no label`,
  "image-alt": (element) => `The image ${element} has no text alternative`,
  "color-contrast": (element) => `Too pale to read well: ${element}`,
  "button-name": (element) => `The button ${element} has no name`,
  "link-name": (element) => `The link ${element} has no text`,
  "document-title": () => "The page has no title",
  "html-has-lang": () => "The page does not say its language",
};

/** Runs axe-core on each new page. */
export const accessibility: StartInspector =
  ({ report }) =>
  async (page) => {
    for (const violation of await violationsOn(page)) {
      for (const nodes of alike(violation.nodes)) report(toFinding(page.url(), violation, nodes));
    }
  };

const run = `axe.run(document, ${JSON.stringify(options)}).then(({ violations }) => violations)`;

async function violationsOn(page: Page): Promise<Result[]> {
  await page.evaluate(`if (!globalThis.axe) { ${axe.source} }`);
  return page.evaluate<Result[]>(run);
}

/** A list with thirty pale prices has one problem, not thirty. */
function alike(nodes: readonly NodeResult[]): (readonly [NodeResult, ...NodeResult[]])[] {
  const groups = new Map<string, [NodeResult, ...NodeResult[]]>();
  for (const node of nodes) {
    const shape = shapeOf(selectorOf(node));
    const group = groups.get(shape);
    if (group) group.push(node);
    else groups.set(shape, [node]);
  }
  return [...groups.values()];
}

function toFinding(url: string, violation: Result, nodes: readonly [NodeResult, ...NodeResult[]]): Finding {
  const [first, ...others] = nodes;
  const html = withoutState(first.html);
  const element = nameOf(html);
  const title = titles[violation.id]?.(element) ?? `${violation.help}: ${element}`;
  const [check] = [...first.any, ...first.all, ...first.none];
  return finding([violation.id, ...identityOf(url, first, html)], {
    kind: labelRules.has(violation.id) ? "missing-label" : "accessibility",
    severity: violation.impact ?? "minor",
    title: `${title}${others.length > 0 ? `, and ${others.length} more like it` : ""}`,
    detail: `${violation.description}. ${check?.message ?? ""}`.trim(),
    url,
    evidence: { selector: selectorOf(first), html, help: violation.helpUrl },
  });
}

/** The same header on every page is one element; one that only its place tells from others is another on each page. */
function identityOf(url: string, node: NodeResult, html: string): readonly string[] {
  const tag = openingTag(html);
  return /\s\w/.test(tag) ? [shapeOf(tag)] : [tag, shapeOf(selectorOf(node)), pathOf(url)];
}

/** HTML without what changes while a page is used: values, and the styles that scripts set. */
const withoutState = (html: string) => html.replaceAll(/\s(style|value)="[^"]*"/g, "");

const selectorOf = ({ target }: NodeResult) => target.flat().join(" ");

/** What a developer would look for: the element's words, else an attribute that is its own, else its tag. */
function nameOf(html: string): string {
  const words = html
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
  if (words !== "") return `“${words.length > 60 ? `${words.slice(0, 59)}…` : words}”`;
  const tag = openingTag(html);
  const attributes = new Map(
    [...tag.matchAll(/\s([\w-]+)="([^"]+)"/g)].map(([, name, value]) => [name, value]),
  );
  const value = ["name", "id", "src", "href", "class"].map((name) => attributes.get(name)).find(Boolean);
  return value === undefined ? tag : `“${value}”`;
}
