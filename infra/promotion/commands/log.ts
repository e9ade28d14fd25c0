import { chmodSync, closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Project } from "../../plan/project.ts";
import { PromotionError } from "../contract.ts";
import { stateDirectory } from "../stacks/state-directory.ts";

/** What was said of the promotions of a source, a line each with its time, for when there is no terminal any more. */
interface Log {
  readonly path: string;
  write(text: string): void;
  /** Writes what has no end of line yet. */
  close(): void;
}

/**
 * Goes on with the log of a source, which its owner alone may read.
 *
 * @param onError hears, once, that it cannot be written: that is no reason to stop.
 * @throws {PromotionError} when there is no place for it.
 */
export function openLog({ name }: Pick<Project, "name">, from: string, onError: (text: string) => void): Log {
  const directory = stateDirectory();
  const path = join(directory, `${name}-${from.replaceAll("/", "-")}.log`);
  const file = open(directory, path);
  let rest = "";
  let isBroken = false;
  function append(lines: readonly string[]): void {
    const at = new Date().toISOString();
    try {
      for (const line of lines) writeSync(file, `${at} ${line}\n`);
      isBroken = false;
    } catch (error) {
      if (!isBroken) onError(`${path} cannot be written: ${(error as Error).message}\n`);
      isBroken = true;
    }
  }
  return {
    path,
    write(text) {
      const lines = `${rest}${text}`.split("\n");
      rest = lines.pop()!;
      append(lines);
    },
    close() {
      if (rest !== "") append([rest]);
      closeSync(file);
    },
  };
}

function open(directory: string, path: string): number {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const file = openSync(path, "a", 0o600);
    chmodSync(path, 0o600);
    return file;
  } catch (cause) {
    throw new PromotionError(
      `A promotion keeps its log in ${path}, which cannot be written: ${(cause as Error).message}. XDG_STATE_HOME names another place.`,
      { cause },
    );
  }
}
