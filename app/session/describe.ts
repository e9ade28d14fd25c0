import { elementsIn, parseSnapshot, type Element } from "../agent/snapshot.ts";
import type { Action } from "../contract.ts";
import { withoutCredentials } from "../without-credentials.ts";

/** What people call the elements that a page is used through. */
const roleNames: Readonly<Record<string, string>> = {
  textbox: "field",
  searchbox: "search field",
  combobox: "list",
  listbox: "list",
  spinbutton: "number field",
  menuitem: "menu item",
  img: "image",
};

type Describe<Kind extends Action["kind"]> = (
  action: Extract<Action, { kind: Kind }>,
  element: string,
) => string;

const sentences: { readonly [Kind in Action["kind"]]: Describe<Kind> } = {
  goto: ({ url }) => `Open ${withoutCredentials(url)}`,
  click: (_, element) => `Click ${element}`,
  fill: ({ text }, element) => `Fill ${element} with ${JSON.stringify(text)}`,
  select: ({ option }, element) => `Choose ${JSON.stringify(option)} in ${element}`,
  check: (_, element) => `Tick ${element}`,
  back: () => "Go back",
  resize: ({ device }) => `Look at the page at the size of a ${device}`,
};

/** The element that an action names, or `undefined` when the page description has no such element. */
export function targetOf(action: Action, snapshot: string): Element | undefined {
  if (!("ref" in action)) return undefined;
  return [...elementsIn(parseSnapshot(snapshot))].find(({ ref }) => ref === action.ref);
}

/** An action in words, with the element's name: `Click the button "Add to cart"`. */
export function describeAction(action: Action, target: Element | undefined): string {
  const sentence = sentences[action.kind] as Describe<Action["kind"]>;
  return sentence(action, target === undefined ? "an element that is not on the page" : nameOf(target));
}

function nameOf({ role, name }: Element): string {
  const kind = roleNames[role] ?? role;
  return name === "" ? `the ${kind} without a name` : `the ${kind} ${JSON.stringify(name)}`;
}
