import type { Path, RunningSessions } from "../contract.ts";
import type { Wishes } from "../forecast/forecast.ts";
import type { Addresses } from "./open.ts";

/** What the options of a command may be; all that it takes are text. */
export interface Options {
  readonly path?: string | undefined;
  readonly sessions?: string | undefined;
  readonly window?: string | undefined;
  readonly "source-address"?: string | undefined;
  readonly "target-address"?: string | undefined;
}

/** An option is not as it must be: why is for whoever has written it. */
export class WrongOption extends Error {
  override readonly name = "WrongOption";
}

/** @throws {WrongOption} */
export const wishesOf = (options: Options): Wishes => {
  const addresses = addressesOf(options);
  return {
    path: oneOf<Path>("--path", options.path, ["ONLINE", "OFFLINE"]),
    sessions: oneOf<RunningSessions>("--sessions", options.sessions, ["hand-over", "finish"]),
    window: options.window === undefined ? undefined : positive("--window", options.window) * 60_000,
    dials: { from: addresses.source !== undefined, to: addresses.target !== undefined },
  };
};

/** They are dialled by the other side's server alone. @throws {WrongOption} */
export const addressesOf = (options: Options): Addresses => ({
  source: address("--source-address", options["source-address"]),
  target: address("--target-address", options["target-address"]),
});

/** @throws {WrongOption} */
export function positive(option: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new WrongOption(`${option} is "${text}"; give a number above 0`);
}

function oneOf<const Value extends string>(
  option: string,
  given: string | undefined,
  allowed: readonly Value[],
): Value | undefined {
  if (given === undefined) return undefined;
  const found = allowed.find((each) => each === given);
  if (found !== undefined) return found;
  throw new WrongOption(`${option} is "${given}"; it is one of ${allowed.join(", ")}`);
}

function address(option: string, given: string | undefined): string | undefined {
  if (given === undefined || /^(\[[\da-f:.]+\]|[\w.-]+):\d{1,5}$/i.test(given)) return given;
  throw new WrongOption(`${option} is "${given}"; give a host and a port, such as 10.0.0.7:5432`);
}
