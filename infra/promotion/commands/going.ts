import type { Project } from "../../plan/project.ts";
import type { RunEvent, StateName } from "../contract.ts";
import type { Outcome } from "../runner/contract.ts";
import { reasonOf } from "../runner/reason.ts";
import { openLog } from "./log.ts";
import type { Promoting } from "./open.ts";
import type { Going } from "./run.ts";
import { telling } from "./tell.ts";
import { untilStopped } from "./terminal.ts";

interface Options extends Pick<Promoting, "addresses" | "site"> {
  readonly project: Project;
  /** The stack that is moved. */
  readonly from: string;
  /** Whether standard output is for a program: an event a line, as JSON, and the outcome in the last one. */
  readonly json: boolean;
}

/**
 * Tells a run on this terminal and in a log, which is there when the terminal is not any more.
 *
 * @returns the exit code.
 */
export async function going(
  { from, json, ...options }: Options,
  work: (each: Going) => Promise<Outcome>,
): Promise<number> {
  const signal = untilStopped();
  const log = openLog(options.project, from, (text) => process.stderr.write(text));
  const told = [json ? asJson : telling(process.stdout), telling(log)];
  const onEvent = (event: RunEvent) => {
    for (const tell of told) tell(event);
  };
  const note = (text: string) => onEvent({ kind: "note", text });
  note(`This is also written to ${log.path}`);
  signal.addEventListener("abort", () => note("It stops once this has ended."), { once: true });
  try {
    const outcome = await work({
      ...options,
      signal,
      onEvent,
      say(text) {
        process.stderr.write(text);
        log.write(text);
      },
    });
    log.write(toText(outcome));
    if (json) asJson({ kind: "outcome", outcome });
    else process.stdout.write(toText(outcome));
    if (signal.aborted && outcome.kind === "stopped") return 130;
    return outcome.kind === "failed" || outcome.kind === "undone" ? 1 : 0;
  } catch (error) {
    const reason = reasonOf(error);
    log.write(`${reason}\n`);
    if (json) asJson({ kind: "error", reason });
    throw error;
  } finally {
    log.close();
  }
}

const asJson = (value: object): void => void process.stdout.write(`${JSON.stringify(value)}\n`);

const inWords: Readonly<Record<Outcome["kind"], (state: StateName) => string>> = {
  done: () => "It is done.",
  waiting: (state) => `It waits in ${state} for your word: retire, or rollback.`,
  stopped: (state) => `It was stopped in ${state}: resume goes on.`,
  failed: (state) =>
    `It has failed in ${state}, and stays there: resume tries it again, rollback leads back.`,
  undone: (state) => `It was undone to ${state}: resume begins again there.`,
  "rolled-back": () => "It was led back, and people are served where they were before.",
};

const toText = ({ kind, state, reason, isClosed }: Outcome): string =>
  [
    inWords[kind](state),
    ...(isClosed ? ["Nobody can write until then, or until that side opens again by itself."] : []),
    ...(reason === undefined ? [] : [reason]),
    "",
  ].join("\n");
