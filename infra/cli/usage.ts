import { parseArgs, type ParseArgsConfig } from "node:util";

/** The command is not as its help says it must be. */
export class UsageError extends Error {}

/** @throws {UsageError} for an option that is not among these, or has no value. */
export function readArguments<const Options extends NonNullable<ParseArgsConfig["options"]>>(
  args: string[],
  options: Options,
) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: { ...options, help: { type: "boolean", short: "h" } } as const,
    });
  } catch (error) {
    const [reason = ""] = (error as Error).message.split(". ");
    throw new UsageError(reason, { cause: error });
  }
}
