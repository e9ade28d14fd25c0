import { parseArgs, type ParseArgsConfig } from "node:util";

/** The command is not as its help says it must be. */
export class UsageError extends Error {}

type Options = NonNullable<ParseArgsConfig["options"]>;
const help = { help: { type: "boolean", short: "h" } } as const;

interface Config<Own extends Options> {
  readonly args: string[];
  readonly allowPositionals: true;
  readonly options: Own & typeof help;
}

/** @throws {UsageError} for an option that is not among these, or has no value. */
export function readArguments<const Own extends Options>(
  args: string[],
  own: Own,
): ReturnType<typeof parseArgs<Config<Own>>> {
  try {
    return parseArgs<Config<Own>>({ args, allowPositionals: true, options: { ...own, ...help } });
  } catch (error) {
    const [reason = ""] = (error as Error).message.split(". ");
    throw new UsageError(reason, { cause: error });
  }
}
