import { parseArgs } from "node:util";
import { z } from "zod";
import { severities } from "../contract.ts";

export const exitCodes = { fine: 0, finding: 1, usage: 2, failed: 3, stopped: 130 } as const;

const address = "must be an http or https address, or demo";
const integer = "must be a whole number from 1 to 500";

const schema = z.object({
  url: z.union([z.literal("demo"), z.url({ protocol: /^https?$/, error: address })], address),
  objective: z
    .string("is missing; say what the user wants to do")
    .trim()
    .min(3, "must say what the user wants to do"),
  device: z.enum(["desktop", "phone"], "must be desktop or phone").default("desktop"),
  "max-steps": z.coerce.number(integer).int(integer).min(1, integer).max(500, integer).default(25),
  "fail-on": z.enum(severities, `must be one of ${severities.join(", ")}`).optional(),
  json: z.boolean().default(false),
});

export type SessionArguments = z.output<typeof schema>;

export const help = `Runs one session in the terminal: a user with an objective visits a web site in a real browser.

  npm run session -- <url> --objective "..." [options]

  <url>                 where the session starts; it stays on that site. "demo" starts the demo shop and goes there
  --objective "..."     what the user wants to do, in words
  --device <device>     desktop or phone. Default: desktop
  --max-steps <n>       steps it may take, 1 to 500. Default: 25
  --fail-on <severity>  ${severities.join(", ")}: the least that makes exit code 1. Default: none does
  --json                one JSON document at the end instead of lines
  --help                this text

Exit code: 0 the objective was reached, 1 a finding is at or above --fail-on, 2 wrong usage,
3 the objective was not reached or the session could not run, 130 stopped by Ctrl-C.
Set ANTHROPIC_API_KEY to let a model choose the steps; without it a deterministic explorer does. LLM_MODE=record keeps
what the model answers in the directory LLM_RECORDINGS, and LLM_MODE=replay answers from there without a key.
`;

/** All that is wrong with the arguments, a line each. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** @returns `undefined` when help is asked for. @throws {UsageError} */
export function readArguments(args: readonly string[]): SessionArguments | undefined {
  const { values, positionals } = split(args);
  if (values.help) return undefined;
  const [url, ...others] = positionals;
  const { data, error } = schema.safeParse({ ...values, url });
  const problems = (error?.issues ?? []).map(({ path: [name], message }) => {
    const given = name === "url" ? url : values[name as keyof typeof values];
    return `${name === "url" ? "<url>" : `--${String(name)}`} ${message}${given === undefined ? "" : `; it is "${given}"`}.`;
  });
  if (others.length > 0)
    problems.push(`One <url> is allowed; remove ${others.join(" ")}, or put quotes around the objective.`);
  if (data === undefined || problems.length > 0) throw new UsageError(problems.join("\n"));
  return data;
}

function split(args: readonly string[]) {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        objective: text,
        device: text,
        "max-steps": text,
        "fail-on": text,
        json: flag,
        help: { ...flag, short: "h" },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
