import type { Progress, RunEvent } from "../contract.ts";
import type { ActionName } from "../plan/names.ts";
import { words } from "../plan/words.ts";

/** Where a run is told to. It goes on where nobody reads any more. */
interface Screen {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

/** Milliseconds between two lines on how far something is, where there is no terminal. */
const seldom = 10_000;

const named = (action: string): string => words[action as ActionName];

/** Tells a run to people, a line each; on a terminal how far the action is stands in the last one. */
export function telling(screen: Screen, now: () => number = Date.now): (event: RunEvent) => void {
  let began = now();
  let toldAt = 0;
  let first: Progress | undefined;
  let firstAt = began;
  const clear = screen.isTTY === true ? "\r\u001B[K" : "";
  const line = (text: string) => screen.write(`${clear}${text}\n`);
  const took = () => `${((now() - began) / 1_000).toFixed(1)} s`;

  function progress(found: Progress): void {
    if (first?.what !== found.what) [first, firstAt] = [found, now()];
    const told = inWords(found, first, (now() - firstAt) / 1_000);
    if (screen.isTTY === true) screen.write(`${clear}    ${told}`);
    else if (now() - toldAt >= seldom) {
      toldAt = now();
      line(`    ${told}`);
    }
  }

  return (event) => {
    switch (event.kind) {
      case "state":
        return void line(event.state);
      case "begin":
        began = now();
        first = undefined;
        return void line(`  ${named(event.action)} ...`);
      case "done":
        return void line(`  ${named(event.action)}: done (${took()})`);
      case "undone":
        return void line(`  undone: ${named(event.action)}`);
      case "failed":
        return void line(`  failed: ${event.reason}`);
      case "turn":
        return void line(`back to ${event.to}: ${event.reason}`);
      case "progress":
        return progress(event.progress);
      case "note":
        return void line(`    ${event.text.replaceAll("\n", "\n    ")}`);
    }
  };
}

/** `rows of public.sessions: 12,000 of 40,000, 3,000 a second, 10 s left` */
function inWords({ what, done, of }: Progress, first: Progress, seconds: number): string {
  const rate = seconds > 0 ? (done - first.done) / seconds : 0;
  const numbers = `${what}: ${grouped(done)} of ${grouped(of)}`;
  if (rate <= 0) return numbers;
  return `${numbers}, ${grouped(rate)} a second, ${Math.ceil((of - done) / rate)} s left`;
}

const grouped = (number: number): string => Math.round(number).toLocaleString("en-US");
