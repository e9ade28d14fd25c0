/** The workflows as files, and their steps as GitHub's runner runs them. */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { type Ended, root } from "../infra/cli/run.ts";
import { emptyDirectory } from "./checkout.ts";

export interface Step {
  readonly id?: string;
  readonly if?: string;
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly shell?: string;
  readonly "working-directory"?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, unknown>>;
}

export interface Job {
  readonly if?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly environment?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly uses?: string;
  readonly secrets?: unknown;
  readonly steps?: readonly Step[];
}

export interface Workflow {
  readonly name: string;
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: unknown;
  readonly env?: unknown;
  readonly concurrency?: { readonly group: string; readonly "cancel-in-progress": boolean | string };
  readonly jobs: Readonly<Record<string, Job>>;
}

interface Action {
  readonly runs: { readonly steps: readonly Step[] };
}

const folder = join(root, ".github");
const read = (path: string): string => readFileSync(join(folder, path), "utf8");

export const workflowFiles = (): string[] =>
  readdirSync(join(folder, "workflows")).map((file) => `workflows/${file}`);
export const actionFiles = (): string[] =>
  readdirSync(join(folder, "actions")).map((name) => `actions/${name}/action.yml`);
export const textOf = read;
export const workflow = (name: string): Workflow => parse(read(`workflows/${name}.yml`)) as Workflow;
export const action = (name: string): Action => parse(read(`actions/${name}/action.yml`)) as Action;

/** The one step of a job whose command has these words in it. */
export function stepWith(steps: readonly Step[] = [], words: string): Step & { readonly run: string } {
  const found = steps.filter(({ run }) => run?.includes(words));
  if (found.length !== 1) throw new Error(`${found.length} steps have "${words}" in them`);
  return found[0] as Step & { readonly run: string };
}

/**
 * A step's command, as the file and by the shell that the runner has for it: `bash -e`, and stricter where the step names bash
 * (https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell, 2026-11-26).
 *
 * @param environment all of it, `PATH` too.
 */
export function runStep(
  { run, shell }: Pick<Step, "run" | "shell">,
  cwd: string,
  environment: Readonly<Record<string, string>>,
): Promise<Ended> {
  const script = join(emptyDirectory(), "step.sh");
  writeFileSync(script, run!);
  const flags = shell === "bash" ? ["--noprofile", "--norc", "-eo", "pipefail"] : ["-e"];
  return new Promise((resolve) => {
    execFile("bash", [...flags, script], { cwd, env: environment }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}
