import { AccessError } from "../contracts/access.ts";
import { UsageError } from "./usage.ts";

/** Runs an operator's command on a stack, and ends this process: with its exit code, or with 2 where it cannot be run. */
export async function operate(help: string, main: (args: string[]) => Promise<number>): Promise<never> {
  try {
    // What still connects to an engine would keep the process.
    process.exit(await main(process.argv.slice(2)));
  } catch (error) {
    if (error instanceof UsageError) process.stderr.write(`${error.message}\n\n${help}`);
    else if (error instanceof AccessError) process.stderr.write(`${error.message}\n`);
    else throw error;
    process.exit(2);
  }
}
