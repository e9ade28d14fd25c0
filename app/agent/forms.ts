import type { Action } from "../contract.ts";
import { elementsIn, type Element } from "./snapshot.ts";
import { valueFor } from "./values.ts";

/** Fields that are sent with a button. */
export interface Form {
  readonly fields: readonly Element[];
  readonly submit: Element;
  /** Equal for the same form on two pages. */
  readonly key: string;
}

const textRoles = new Set(["textbox", "searchbox", "spinbutton"]);
const fieldRoles = new Set([...textRoles, "combobox", "checkbox", "radio"]);

const isUsable = ({ ref, states }: Element) => ref !== undefined && !states.has("disabled");

/** The forms of a page: the smallest parts of it that hold both fields and a button. HTML's own forms have no role. */
export function formsIn(root: Element): readonly Form[] {
  const inside = root.children.flatMap((child) => formsIn(child));
  if (inside.length > 0) return inside;
  const elements = [...elementsIn(root)].filter(isUsable);
  const fields = elements.filter(({ role }) => fieldRoles.has(role));
  const last = fields.at(-1);
  if (last === undefined) return [];
  const buttons = elements.filter(({ role }) => role === "button");
  const submit =
    buttons.find((button) => elements.indexOf(button) > elements.indexOf(last)) ?? buttons.at(-1);
  if (submit === undefined) return [];
  const key = [...fields, submit].map(({ role, name }) => `${role} ${name}`).join("\n");
  return [{ fields, submit, key }];
}

/** What to do with a field, `undefined` when it is best left as it is. */
export function fillingOf(field: Element, form: Form, searchWords: string): Action | undefined {
  const ref = field.ref ?? "";
  if (textRoles.has(field.role)) {
    const text = field.text === "" ? valueFor(field, searchWords) : undefined;
    return text === undefined ? undefined : { kind: "fill", ref, text };
  }
  if (field.role === "combobox") return choiceOf(field, ref);
  if (field.role === "radio") {
    const isOpen = form.fields.every(({ role, states }) => role !== "radio" || !states.has("checked"));
    return isOpen ? { kind: "check", ref } : undefined;
  }
  const isWanted = /terms|agree|accept|conditions|privacy|consent/i.test(field.name);
  return isWanted && !field.states.has("checked") ? { kind: "check", ref } : undefined;
}

const placeholder = /^$|^[-–—\s]+$|choose|select|pick/i;

function choiceOf(field: Element, ref: string): Action | undefined {
  const options = [...elementsIn(field)].filter(({ role }) => role === "option");
  const chosen = options.find(({ states }) => states.has("selected"));
  if (chosen !== undefined && !placeholder.test(chosen.name)) return undefined;
  const option = options.find(({ name, states }) => !placeholder.test(name) && !states.has("disabled"));
  return option && { kind: "select", ref, option: option.name };
}
