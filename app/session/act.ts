import { stripVTControlCharacters } from "node:util";
import type { Page } from "playwright-core";
import type { Action } from "../contract.ts";
import { viewports } from "./devices.ts";

type Perform<Kind extends Action["kind"]> = (
  page: Page,
  action: Extract<Action, { kind: Kind }>,
) => Promise<unknown>;

const navigation = { waitUntil: "commit", timeout: 30_000 } as const;
const onElement = { timeout: 5_000, noWaitAfter: true } as const;

/** Goes to an address. @returns the response, `null` for another place on the same page. @throws when none comes. */
export const open = (page: Page, url: string) => page.goto(url, navigation);

const performers: { readonly [Kind in Action["kind"]]: Perform<Kind> } = {
  goto: (page, { url }) => open(page, url),
  click: (page, { ref }) => page.getByRef(ref).click(onElement),
  fill: (page, { ref, text }) => page.getByRef(ref).fill(text, onElement),
  select: (page, { ref, option }) => page.getByRef(ref).selectOption({ label: option }, onElement),
  check: (page, { ref }) => page.getByRef(ref).check(onElement),
  back: (page) => page.goBack(navigation),
  resize: (page, { device }) => page.setViewportSize(viewports[device]),
};

/** Carries out one action. Refs are those of the page's latest description. @throws when it cannot be done. */
export async function act(page: Page, action: Action): Promise<void> {
  const perform = performers[action.kind] as Perform<Action["kind"]>;
  await perform(page, action);
}

/** Playwright's message without its log: `Timeout 5000ms exceeded` with the line that tells what was in the way. */
export function reasonOf(error: unknown): string {
  const lines = stripVTControlCharacters(String(error instanceof Error ? error.message : error))
    .split("\n")
    .map((line) => line.trim());
  const cause = lines.find((line) =>
    /intercepts pointer events|not visible|not enabled|not editable/.test(line),
  );
  const first = (lines[0] ?? "").replace(/^(Error: )?(page|locator)\.\w+: /, "");
  return (cause === undefined ? first : `${first} (${cause.replace(/^- /, "")})`).slice(0, 500);
}
