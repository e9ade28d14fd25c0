import { candidatesOn, unseenPage, type Candidate, type Memory } from "./candidates.ts";
import { isUnloaded } from "../unloaded.ts";
import type { CreateAgent, Decision, Observation } from "./contract.ts";
import { aimOf } from "./intents.ts";
import { linkMap } from "./links.ts";
import { elementsIn, parseSnapshot, wordsOf, type Element } from "./snapshot.ts";

/**
 * Chooses steps without a model: it reads the page's roles and names, follows the words of the objective, and otherwise
 * looks at what it has not seen. The same site and task give the same steps, and an action is never taken twice on a
 * page in the same state, unless it failed the first time.
 */
export const explorer: CreateAgent = (task) => {
  const memory: Memory = {
    aim: aimOf(task.objective),
    links: linkMap(new URL(task.url).origin),
    sent: new Map(),
    pressed: new Map(),
    progress: 0,
  };
  const taken = new Set<string>();
  const failed = new Set<string>();
  let last: { readonly choice: Candidate; readonly key: string } | undefined;

  /** What did not come about may do so the next time: it has not been tried. */
  function takeBack({ choice, key }: NonNullable<typeof last>): void {
    if (failed.has(key)) return;
    failed.add(key);
    taken.delete(key);
    count(memory.sent, choice.sends, -1);
    count(memory.pressed, choice.presses, -1);
  }

  return {
    async decide(observation) {
      const root = parseSnapshot(observation.snapshot);
      memory.links.visit(observation.url);
      // After a hand-over the pages of the earlier steps are seen, but a basket that was filled on them is empty again:
      // whoever wants to reach something begins anew.
      if (!memory.aim.reached) for (const { url } of observation.history) memory.links.visit(url);
      if (last && observation.history.at(-1)?.error !== null) takeBack(last);
      else if (last?.choice.stage !== undefined)
        memory.progress = Math.max(memory.progress, last.choice.stage + 1);
      const ending = endingOf(`${observation.title} ${wordsOf(root)}`, observation, memory);
      if (ending) return ending;

      if (isUnloaded(observation.url) && last) {
        last = undefined;
        return {
          kind: "act",
          action: { kind: "back" },
          reasoning: "The page was not loaded; it may be the next time.",
        };
      }

      const state = stateOf(observation.url, root);
      const untried = candidatesOn(root, observation.url, memory).filter(
        ({ key }) => !taken.has(`${state}\n${key}`),
      );
      // Sorting is stable: of equals the first on the page.
      const [best] = untried.toSorted((one, other) => other.score - one.score);
      const choice = best !== undefined && best.score >= 0 ? best : (unseenPage(memory) ?? best);
      if (choice === undefined) return exhausted(memory);

      const key = `${state}\n${choice.key}`;
      taken.add(key);
      count(memory.sent, choice.sends, 1);
      count(memory.pressed, choice.presses, 1);
      last = { choice, key };
      return { kind: "act", action: choice.action, reasoning: choice.reasoning };
    },
  };
};

function count(times: Map<string, number>, key: string | undefined, by: number): void {
  if (key !== undefined) times.set(key, (times.get(key) ?? 0) + by);
}

/** A page in a state: its address and what is on it. Values change while a form is filled, figures all the time. */
const stateOf = (url: string, root: Element): string =>
  [url, ...[...elementsIn(root)].map(({ role, name }) => `${role} ${name.replaceAll(/\d+/g, "0")}`)].join(
    "\n",
  );

function endingOf(
  text: string,
  { step, maxSteps }: Observation,
  { aim, links, progress }: Memory,
): Decision | undefined {
  // Help pages say "thank you for your order" too: it counts once something was done for it.
  const words = progress > 0 ? aim.reached?.exec(text)?.[0] : undefined;
  if (words !== undefined) {
    const reason = `The page says “${words}”, which tells that the objective is reached (judged by words alone).`;
    return { kind: "end", passed: true, reason };
  }
  if (step <= maxSteps) return undefined;
  return aim.reached
    ? {
        kind: "end",
        passed: false,
        reason: `${maxSteps} steps on ${pages(links.pages())} did not reach the objective.`,
      }
    : {
        kind: "end",
        passed: true,
        reason: `Looked at ${pages(links.pages())}; ${maxSteps} steps are used up.`,
      };
}

function exhausted({ aim, links }: Memory): Decision {
  const seen = pages(links.pages());
  return aim.reached
    ? {
        kind: "end",
        passed: false,
        reason: `Tried all that ${seen} offer; none says that the objective is reached.`,
      }
    : { kind: "end", passed: true, reason: `Looked at ${seen}: all that can be reached.` };
}

const pages = (number: number) => `${number} ${number === 1 ? "page" : "pages"}`;
