import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Colors } from "picocolors/types.js";
import pc from "picocolors";
import { readStackFile } from "../config/file.ts";
import { ConfigError, parseConfig } from "../config/parse.ts";
import { type Project, readProject, stackFile, stackNames } from "../plan/project.ts";
import { AccessError } from "../contracts/access.ts";
import { embedded, type Progress, PromotionError } from "../promotion/contract.ts";
import { spelt } from "../promotion/forecast/durations.ts";
import type { Forecast } from "../promotion/forecast/forecast.ts";
import type { Going } from "../promotion/commands/run.ts";
import { addressesOf, positive, wishesOf, WrongOption } from "../promotion/commands/wishes.ts";
import type { Outcome } from "../promotion/runner/contract.ts";
import { isOutOfReach, reasonOf } from "../promotion/runner/reason.ts";
import { operate } from "./operator.ts";
import { help, read, type Values } from "./promote-arguments.ts";
import { UsageError } from "./usage.ts";

interface Command {
  readonly stacks: 1 | 2;
  /** Whether the second may be left out. */
  readonly isSecondOptional?: true;
  run(project: Project, names: readonly [string, string], values: Values): Promise<number>;
}

const commands: Readonly<Record<string, Command>> = {
  plan: { stacks: 2, run: plan },
  run: {
    stacks: 2,
    async run(project, [from, to], values) {
      const told = await foretell(project, from, to, values);
      await tell(told, values);
      if (told.blocks.length > 0) return 3;
      await ask(questionOf(told), values.yes);
      const { begin } = await import("../promotion/commands/run.ts");
      return going(project, from, values, (each) => begin(told.plan, each));
    },
  },
  status: {
    stacks: 1,
    async run(project, [from], { json, mirror }) {
      const { openSide } = await import("../promotion/commands/open.ts");
      const { findStatus, toText } = await import("../promotion/commands/status.ts");
      const found = await findStatus((name) => openSide(project, name, undefined), from, mirror);
      if (found === undefined) throw new PromotionError(`${from} was never promoted.`);
      process.stdout.write(json ? `${JSON.stringify(found, null, 2)}\n` : toText(found));
      return 0;
    },
  },
  resume: {
    stacks: 1,
    async run(project, [from], values) {
      const { resume, resumeWithoutSource } = await import("../promotion/commands/run.ts");
      const { mirror } = values;
      return going(project, from, values, (each) =>
        mirror === undefined ? resume(from, each) : resumeWithoutSource(from, mirror, each),
      );
    },
  },
  rollback: {
    stacks: 1,
    async run(project, [from], values) {
      await ask(`Lead back to ${from}?`, values.yes);
      const { rollBack } = await import("../promotion/commands/run.ts");
      return going(project, from, values, (each) => rollBack(from, values.reason, each));
    },
  },
  retire: {
    stacks: 1,
    async run(project, [from], values) {
      const { goOnFrom } = await import("../promotion/commands/run.ts");
      await ask(`Take the protection off ${from}? There is no way back from here.`, values.yes);
      const first = await going(project, from, values, (each) => goOnFrom("OBSERVE", from, each));
      if (first !== 0) return first;
      const backups = hasBackups(project, from) ? "" : " It makes no backups: none of it is left then.";
      await ask(`Remove ${from} with all its data?${backups}`, values.destroy, "--destroy");
      return going(project, from, values, (each) => goOnFrom("RETIRE", from, each));
    },
  },
  verify: {
    stacks: 2,
    async run(project, [one, other], { json }) {
      const { openSide } = await import("../promotion/commands/open.ts");
      const { verify } = await import("../promotion/verify/verify.ts");
      const { toText } = await import("../promotion/verify/text.ts");
      const source = await openSide(project, one, undefined);
      try {
        const target = await openSide(project, other, undefined);
        const { telling } = await import("../promotion/commands/tell.ts");
        const screen = telling(process.stderr);
        const report = (progress: Progress) => screen({ kind: "progress", progress });
        const differences = await verify({ source, target, objects: "all", report }).finally(() =>
          target.close(),
        );
        const text = differences.length === 0 ? `${other} is as ${one}.` : toText(differences);
        process.stdout.write(json ? `${JSON.stringify(differences, null, 2)}\n` : `${text}\n`);
        return differences.length === 0 ? 0 : 1;
      } finally {
        await source.close();
      }
    },
  },
  drill: { stacks: 2, isSecondOptional: true, run: rehearse },
};

async function main(args: string[]): Promise<number> {
  const { values, positionals } = read(args);
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const [name = "", from, to = "", ...more] = positionals;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) throw new UsageError(`"${name}" is no command; there is ${Object.keys(commands).join(", ")}`);
  const tooMuch = command.stacks === 1 && to !== "" ? [to, ...more] : more;
  if (tooMuch.length > 0) throw new UsageError(`"${tooMuch.join(" ")}" is too much for ${name}`);
  const needsBoth = command.stacks === 2 && !command.isSecondOptional;
  if (from === undefined || (needsBoth && to === ""))
    throw new UsageError(needsBoth ? "name two stacks" : "name the stack that is moved");
  const project = readProject(process.cwd());
  if (!project)
    throw new UsageError(`${process.cwd()} holds no Pulumi.yaml; run it in the project's directory`);
  try {
    return await command.run(project, [from, to], values);
  } catch (error) {
    if (error instanceof Interrupted) {
      process.stderr.write(`${error.message}\n`);
      return 130;
    }
    if (error instanceof WrongOption) throw new UsageError(error.message, { cause: error });
    if (isOutOfReach(error)) throw new AccessError(reasonOf(error), { cause: error });
    if (!(error instanceof PromotionError || error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}

async function plan(
  project: Project,
  [from, to]: readonly [string, string],
  values: Values,
): Promise<number> {
  const told = await foretell(project, from, to, values);
  await tell(told, values);
  return told.blocks.length > 0 ? 3 : 0;
}

async function rehearse(
  project: Project,
  [from, to]: readonly [string, string],
  values: Values,
): Promise<number> {
  const like = to || from;
  for (const name of from === embedded ? [like] : [from, like])
    if (!existsSync(stackFile(project, name)))
      throw new UsageError(
        `there is no stack "${name}" to rehearse with (Pulumi.${name}.yaml); there is ${stackNames(project).join(", ")}`,
      );
  await ask(`Make a scratch stack like ${like}, and remove it again?`, values.yes);
  const { runDrill } = await import("../promotion/drill/command.ts");
  const { untilStopped } = await import("../promotion/commands/terminal.ts");
  const signal = untilStopped();
  const { site, json } = values;
  try {
    await runDrill({ project, from, to: like, site, json, signal });
    return 0;
  } catch (error) {
    if (!signal.aborted) throw error;
    process.stderr.write(
      `It was stopped. ${error instanceof PromotionError ? error.message : "Nothing of it is left."}\n`,
    );
    return 130;
  }
}

async function foretell(project: Project, from: string, to: string, values: Values): Promise<Forecast> {
  const wishes = wishesOf(values);
  positive("--database", values.database);
  // What records a program is loaded once the command is known to be right.
  const { forecast, NoSuchWay } = await import("../promotion/forecast/forecast.ts");
  return forecast(project, from, to, {
    ...wishes,
    rehearses: values.rehearse,
    readThrough: values["read-through"],
  }).catch((error: unknown) => {
    if (error instanceof NoSuchWay) throw new UsageError(error.message, { cause: error });
    throw error;
  });
}

async function tell(told: Forecast, { json, database }: Values): Promise<void> {
  const { toText } = await import("../promotion/forecast/text.ts");
  process.stdout.write(
    json ? `${JSON.stringify(told)}\n` : toText(told, positive("--database", database) * 1e9, colors()),
  );
}

const colors = (): Colors => pc.createColors(process.stdout.isTTY === true && pc.isColorSupported);

function questionOf({ plan: { from, to, path, timing } }: Forecast): string {
  const pause = spelt((path === "ONLINE" ? timing.window : timing.limit) / 1_000);
  return `Move ${from} to ${to} ${path}? Nobody can write for ${pause} at the most.`;
}

function hasBackups(project: Project, from: string): boolean {
  if (from === embedded) return true;
  const config = parseConfig(readStackFile(stackFile(project, from), project.name));
  return "backup" in config && config.backup !== undefined;
}

/** Ctrl-C or Ctrl-D instead of an answer. */
class Interrupted extends Error {}

/**
 * @param isSaid whether it was answered by `option`.
 * @throws {Interrupted} {UsageError} where the answer is no, or there is nobody to ask.
 */
async function ask(question: string, isSaid: boolean, option = "--yes"): Promise<void> {
  if (isSaid) return;
  if (process.stdin.isTTY !== true) throw new UsageError(`${question} Say so with ${option}`);
  // Standard output may be for a program.
  const asked = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await new Promise<string | undefined>((resolve) => {
    asked.question(`${question} [y/N] `, resolve);
    asked.once("close", () => resolve(undefined));
  });
  asked.close();
  if (answer === undefined) throw new Interrupted("\nIt was stopped: no more was done.");
  if (!/^y(es)?$/i.test(answer.trim())) throw new UsageError("nothing was done");
}

/** Tells a run on this terminal. @returns the exit code. */
async function going(
  project: Project,
  from: string,
  values: Values,
  work: (each: Going) => Promise<Outcome>,
): Promise<number> {
  const told = await import("../promotion/commands/going.ts");
  return told.going(
    { project, from, json: values.json, addresses: addressesOf(values), site: values.site },
    work,
  );
}

await operate(help, main);
