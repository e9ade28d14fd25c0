import type { Colors } from "picocolors/types.js";
import type { ActionName } from "../plan/names.ts";
import { words } from "../plan/words.ts";
import type { Plan, State } from "../contract.ts";
import type { Forecast, Outlook } from "./forecast.ts";
import { durationsOf, spelt } from "./durations.ts";

/**
 * The forecast for people.
 *
 * @param database its size in bytes.
 */
export function toText(forecast: Forecast, database: number, colors: Colors): string {
  const { plan, blocks, notes } = forecast;
  const sections: readonly (readonly [string, readonly string[]])[] = [
    ["What blocks it", blocks.map((line) => colors.red(line))],
    [`Path ${plan.path}`, plan.reasons],
    ["What moves", moved],
    ["In this order", order(plan.forward, colors)],
    ["How long", durationsOf(plan, database)],
    ["Cost while both run", costs(forecast)],
    ["The way back", wayBack(plan, colors)],
    ["To know before", notes.map((line) => colors.yellow(line))],
  ];
  const body = sections
    .filter(([, lines]) => lines.length > 0)
    .map(([title, lines]) => [colors.bold(title), ...lines.map((line) => `  ${line}`)].join("\n"));
  return `${[heading(forecast, colors), ...body].join("\n\n")}\n`;
}

const heading = ({ from, to }: Forecast, colors: Colors): string =>
  `${colors.bold(`${from.name} -> ${to.name}`)}: ${from.what}, to ${to.what}`;

const moved = [
  "every row of the schema public: accounts, personas, sessions with their events and findings, schedules",
  "every screenshot, under the same key",
  "the secrets that sign cookies and open backups",
  "not the queue: the target makes its own of the sessions that have not ended",
];

const told = (name: string): string => words[name as ActionName];

function order(states: readonly State[], colors: Colors): string[] {
  const width = Math.max(...states.map(({ name }) => name.length));
  return states.flatMap(({ name, actions, asks }) =>
    actions.map(({ name: action }, index) => {
      const title = index === 0 ? name : "";
      const asked = asks && index === 0 ? colors.dim("  (when you say so)") : "";
      return `${colors.bold(title.padEnd(width))}  ${told(action)}${asked}`;
    }),
  );
}

const costOf = ({ name, usd, isComplete }: Outlook): string =>
  `${name}: ${isComplete ? "" : "at least "}${usd.toFixed(2)} USD a month`;

function costs({ from, to }: Forecast): string[] {
  const day = ((from.usd + to.usd) * 12) / 365;
  return [costOf(from), costOf(to), `both: ${day.toFixed(2)} USD a day, until ${from.name} is retired`];
}

function wayBack(plan: Plan, colors: Colors): string[] {
  const { from, to, path, timing } = plan;
  const lost = `${spelt(timing.window / 1_000)} after its runner was lost`;
  const itself =
    path === "ONLINE"
      ? `after ${spelt(timing.window / 1_000)}`
      : `after ${spelt(timing.limit / 1_000)}, or ${lost}`;
  return [
    `Until ${to} takes writes: ${from} opens again, and nothing is lost. By itself it does so ${itself}.`,
    path === "ONLINE"
      ? `After that, until ${from} is retired: ${from} follows ${to}, and what was written there comes back.`
      : `After that, until ${from} is retired: the database is copied back while nobody writes.`,
    ...order(plan.back, colors),
    `Once ${from} is retired there is none but its last backup.`,
  ];
}
