import { parse } from "yaml";

/** One element of a page description. */
export interface Element {
  readonly role: string;
  /** Accessible name; `""` when the element has none. */
  readonly name: string;
  /** Names the element in an action; elements that cannot be acted on have none. */
  readonly ref: string | undefined;
  /** Address of a link, as the page wrote it. */
  readonly url: string | undefined;
  /** Text of the element itself: a paragraph's words, a field's value. */
  readonly text: string;
  /** `disabled`, `checked`, `selected`, `level=1` and the like. */
  readonly states: ReadonlySet<string>;
  readonly children: readonly Element[];
}

/** Reads what `page.ariaSnapshot({ mode: "ai" })` writes: YAML whose keys look like `link "Home" [ref=e3]`. */
export function parseSnapshot(snapshot: string): Element {
  const document: unknown = parse(snapshot, { schema: "failsafe", uniqueKeys: false, logLevel: "error" });
  return element("document", document ?? []);
}

const keyPattern = /^(?<role>[^\s[]+)(?: (?<name>"(?:[^"\\]|\\.)*"))?(?<rest>.*)$/s;

function element(key: string, content: unknown): Element {
  const { role = key, name, rest = "" } = keyPattern.exec(key)?.groups ?? {};
  const states = [...rest.matchAll(/\[([^\]]+)\]/g)].map(([, state]) => state ?? "");
  const items = Array.isArray(content) ? content.map(entry) : [];
  return {
    role,
    name: name === undefined ? "" : (JSON.parse(name) as string),
    ref: states.find((state) => state.startsWith("ref="))?.slice("ref=".length),
    url: items.find(([itemKey]) => itemKey === "/url")?.[1]?.toString(),
    text: typeof content === "object" ? "" : String(content ?? ""),
    states: new Set(states.filter((state) => !state.startsWith("ref="))),
    children: items
      .filter(([itemKey]) => !itemKey.startsWith("/"))
      .map(([itemKey, value]) => element(itemKey, value)),
  };
}

/** A list item is a bare key or a mapping of one key. */
function entry(item: unknown): readonly [string, unknown] {
  if (typeof item !== "object" || item === null) return [String(item), undefined];
  return Object.entries(item)[0] ?? ["generic", undefined];
}

/** The element and everything in it, in document order. */
export function* elementsIn(root: Element): Generator<Element> {
  yield root;
  for (const child of root.children) yield* elementsIn(child);
}

/** All words of an element and of what is in it. */
export const wordsOf = (root: Element): string =>
  [...elementsIn(root)]
    .flatMap(({ name, text }) => [name, text])
    .filter(Boolean)
    .join(" ");
