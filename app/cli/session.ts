/** `npm run session -- <url> --objective "..."`: one session in the terminal, without a database. */
import { exitCodes, help, readArguments, UsageError } from "./arguments.ts";

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const isUsage = error instanceof UsageError;
  console.error(reasonsOf(error).join("\n  ") + (isUsage ? `\n\n${help}` : ""));
  process.exitCode = isUsage ? exitCodes.usage : exitCodes.failed;
}

async function main(args: readonly string[]): Promise<number> {
  const options = readArguments(args);
  if (options) {
    // Browser and agent are loaded only for a session that is run.
    const { runInTerminal } = await import("./run.ts");
    return runInTerminal(options);
  }
  console.log(help);
  return exitCodes.fine;
}

function reasonsOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [String(error)];
  return [error.message, ...(error.cause === undefined ? [] : reasonsOf(error.cause))];
}
