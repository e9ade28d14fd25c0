import { parseArgs } from "node:util";
import { z } from "zod";

/** What the role `smoke` is asked for. */
export interface SmokeArguments {
  /** The site that its session visits. Default: `https://example.com/`. */
  readonly url: string;
  /** Whether its account and session stay, to be looked at. Default: they go. */
  readonly keep: boolean;
}

const address = z.url({ protocol: /^https?$/ });

/** @throws with what is wrong, what is allowed, and the fix. */
export function readArguments(args: readonly string[]): SmokeArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      url: { type: "string", default: "https://example.com/" },
      keep: { type: "boolean", default: false },
    },
  });
  if (!address.safeParse(values.url).success)
    throw new Error(
      `--url is "${values.url}"; it must be an http or https address, such as https://example.com/.`,
    );
  return values;
}
