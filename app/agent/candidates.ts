import type { Action } from "../contract.ts";
import { fillingOf, formsIn } from "./forms.ts";
import { stageOf, type Aim } from "./intents.ts";
import type { LinkMap } from "./links.ts";
import { elementsIn, wordsOf, type Element } from "./snapshot.ts";
import { wordsIn } from "./words.ts";

/** What the explorer knows of the site and of its way so far. */
export interface Memory {
  readonly aim: Aim;
  readonly links: LinkMap;
  /** How often each form was sent, by its key. */
  readonly sent: Map<string, number>;
  /** How often each button was pressed, by its name. */
  readonly pressed: Map<string, number>;
  /** Stages of the aim that lie behind. */
  progress: number;
}

/** Something that could be done next. */
export interface Candidate {
  readonly action: Action;
  /** The higher, the sooner; below 0 only when there is nothing else. */
  readonly score: number;
  readonly reasoning: string;
  /** The action without references, which change from look to look. */
  readonly key: string;
  /** The stage of the aim that it completes. */
  readonly stage?: number | undefined;
  /** Key of the form that it sends. */
  readonly sends?: string;
  /** Name of the button that it presses. */
  readonly presses?: string;
}

const scores = {
  stage: 100,
  consent: 95,
  word: 40,
  here: 20,
  link: 10,
  laterStage: 5,
  sibling: -2,
  destructive: -50,
};

const pressable = new Set(["button", "tab", "menuitem", "switch"]);
const destructive = /\b(remove|delete|clear|cancel|empty|reset|discard)\b/i;
const neverPress = /\b(log ?out|sign ?out)\b/i;
const consent = /^(accept|agree|allow|got it|ok(ay)?|i agree)\b( all)?( cookies)?$/i;

/** All that the page offers, in its order. */
export function candidatesOn(root: Element, url: string, memory: Memory): Candidate[] {
  return [...formSteps(root, memory), ...buttonSteps(root, memory), ...linkSteps(root, url, memory)];
}

function formSteps(root: Element, memory: Memory): Candidate[] {
  const heading = [...elementsIn(root)].find(({ role }) => role === "heading");
  const searchWords = memory.aim.words.join(" ") || (wordsIn(heading?.name ?? "")[0] ?? "test");
  return formsIn(root).flatMap((form): Candidate[] => {
    const { score, stage } = staged(form.submit.name, memory);
    const times = memory.sent.get(form.key) ?? 0;
    // Once is enough to see what it does; one that the aim needs gets a second chance when the site objected.
    if (times > (stage === undefined ? 0 : 1)) return [];
    const fields = form.fields.flatMap((field, index): Candidate[] => {
      const action = fillingOf(field, form, searchWords);
      const key = `${action?.kind} ${form.key} ${index}`;
      const reasoning = `The form with “${form.submit.name}” asks for it.`;
      return action ? [{ action, key, reasoning, score: scores.here + score + 2 }] : [];
    });
    const submit: Candidate = {
      action: { kind: "click", ref: form.submit.ref ?? "" },
      key: `send ${form.key}`,
      reasoning: because(form.submit.name, score, "The form is filled in."),
      score: scores.here + score + 1,
      stage,
      sends: form.key,
    };
    return [...fields, submit];
  });
}

function buttonSteps(root: Element, memory: Memory): Candidate[] {
  const submits = new Set(formsIn(root).map(({ submit }) => submit.ref));
  return [...elementsIn(root)].flatMap((element, index): Candidate[] => {
    const { role, name, ref, states } = element;
    if (!pressable.has(role) || ref === undefined || states.has("disabled") || submits.has(ref)) return [];
    const times = memory.pressed.get(name) ?? 0;
    if (neverPress.test(name) || times > 1) return [];
    const { score, stage } = staged(name, memory);
    const manner = consent.test(name) ? scores.consent : destructive.test(name) ? scores.destructive : 0;
    return [
      {
        action: { kind: "click", ref },
        key: `press ${role} ${name === "" ? index : name}`,
        reasoning: because(name, score, "It has not been tried here yet."),
        score: scores.here + score + relevance(name, memory) + manner - 10 * times,
        stage,
        presses: name,
      },
    ];
  });
}

function linkSteps(root: Element, base: string, memory: Memory): Candidate[] {
  const { links } = memory;
  return [...elementsIn(root)].flatMap((element): Candidate[] => {
    const { role, ref } = element;
    const url = role === "link" ? links.resolve(element.url, base) : undefined;
    const name = element.name || wordsOf(element);
    if (url === undefined || ref === undefined || neverPress.test(name)) return [];
    links.learn(url, name);
    const { score, stage } = staged(name, memory);
    // A page that was seen is worth another visit only on the way to the aim.
    if (!links.isNew(url) && score < scores.word) return [];
    const fits = score + relevance(`${name} ${new URL(url).pathname}`, memory);
    return [
      {
        action: { kind: "click", ref },
        key: `follow ${url}`,
        reasoning: because(name, fits, "It leads to a page that has not been looked at yet."),
        score: fits + scores.link + scores.sibling * Math.min(links.siblings(url), 4),
        stage,
      },
    ];
  });
}

/** The likeliest address that was seen in a link and not been to. */
export function unseenPage(memory: Memory): Candidate | undefined {
  const { links } = memory;
  const worth = ([url, name]: readonly [string, string]) =>
    relevance(`${name} ${new URL(url).pathname}`, memory) + scores.sibling * Math.min(links.siblings(url), 4);
  const [best] = links.unseen().toSorted((one, other) => worth(other) - worth(one));
  if (best === undefined) return undefined;
  const [url, name] = best;
  // Whatever its server makes of it (a redirect, an error), the address is not one to try again.
  links.visit(url);
  const reasoning = `Nothing is left to try here, and “${name}” has not been looked at yet.`;
  return { action: { kind: "goto", url }, key: `goto ${url}`, reasoning, score: 0 };
}

/** How many words of the objective a control's name has, as a score. */
function relevance(name: string, { aim }: Memory): number {
  const words = new Set(wordsIn(name));
  return scores.word * aim.words.filter((word) => words.has(word)).length;
}

/** What a control is worth on the way to the aim. */
function staged(
  name: string,
  { aim, progress }: Memory,
): { readonly score: number; readonly stage?: number } {
  const found = stageOf(aim, name);
  if (found === undefined || found.stage < progress) return { score: 0 };
  const score = found.stage === progress ? scores.stage - 10 * found.rank : scores.laterStage;
  return { score, stage: found.stage };
}

const because = (name: string, score: number, otherwise: string) =>
  score >= scores.word ? `“${name}” fits the objective.` : otherwise;
