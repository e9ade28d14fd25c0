import { RunError } from "@pulumi/pulumi/errors.js";
import { UsageError } from "./usage.ts";

/** Runs a command that prints what it finds; sets the exit code 1 where a program refuses, and 2 where the command is wrong. */
export async function print(help: string, main: (args: string[]) => Promise<string>): Promise<void> {
  try {
    process.stdout.write(await main(process.argv.slice(2)));
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message}\n\n${help}`);
      process.exitCode = 2;
    } else if (RunError.isInstance(error)) {
      process.stderr.write(`${error.message}\n`);
      process.exitCode = 1;
    } else {
      throw error;
    }
  }
}
