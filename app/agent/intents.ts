import { wordsIn } from "./words.ts";

/** A kind of objective: how it is recognised, what leads to it, and how a page says that it is reached. */
interface Intent {
  readonly asks: RegExp;
  /** Names of the controls that lead there, stage after stage; within a stage the better ones first. */
  readonly stages: readonly (readonly RegExp[])[];
  readonly reached: RegExp;
}

const intents: readonly Intent[] = [
  {
    asks: /\b(buy|buying|order|ordering|purchas\w+|check ?out|pay for)\b/i,
    stages: [
      [/\badd (it )?to (the |my )?(cart|basket|bag)\b/i, /^buy\b/i],
      [/\bcheck ?out\b/i, /\b(cart|basket|bag)\b/i],
      [
        /\b(place|complete|confirm|submit|send)\b.*\border\b/i,
        /\b(pay|buy|order)\b( now)?$/i,
        /\b(continue|next)\b/i,
      ],
    ],
    reached: /thank you for your (order|purchase)|order (number|is confirmed|confirmed|placed|complete)/i,
  },
  {
    asks: /\b(sign(ing)? up|register\w*|create an? account|subscrib\w+|newsletter)\b/i,
    stages: [[/\b(sign up|register|create (an )?account|subscribe|join)\b/i]],
    reached:
      /\b(welcome,|account (was |has been |is )?created|check your (inbox|e-?mail)|subscribed|thank you)/i,
  },
  {
    asks: /\b(contact|write to|send (us |them )?a message|give feedback|complain)\b/i,
    stages: [[/\b(contact|feedback|support|write to us)\b/i], [/\b(send|submit)\b/i]],
    reached: /\b(thank you|message (was |has been |is )?(sent|received))/i,
  },
];

/** What an objective asks for, as far as words tell. */
export interface Aim {
  /** Words for the thing that it is about: `mug` in "buy a mug". */
  readonly words: readonly string[];
  readonly stages: Intent["stages"];
  /** How a page says that the aim is reached; absent when the objective is to look around. */
  readonly reached: RegExp | undefined;
}

/** Objectives that are about the site as a whole name nothing that could be searched for. */
const lookingAround =
  /\b(look(ing)? (around|at)|brows\w+|explor\w+|every|all|everything|check|walk|visit|whole)\b/gi;

export function aimOf(objective: string): Aim {
  const intent = intents.find(({ asks }) => asks.test(objective));
  const rest = objective.replaceAll(lookingAround, " ").replace(intent?.asks ?? /(?!)/, " ");
  return { words: wordsIn(rest), stages: intent?.stages ?? [], reached: intent?.reached };
}

/** The stage that a control belongs to, and how well its name fits, from 0 (best). */
export function stageOf(
  aim: Aim,
  name: string,
): { readonly stage: number; readonly rank: number } | undefined {
  for (const [stage, patterns] of aim.stages.entries()) {
    const rank = patterns.findIndex((pattern) => pattern.test(name));
    if (rank !== -1) return { stage, rank };
  }
  return undefined;
}
