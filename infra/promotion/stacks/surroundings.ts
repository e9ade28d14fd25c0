import { PassThrough } from "node:stream";
import { finished } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { isInside } from "../../../app/storage/contract.ts";
import { bucketOf } from "../../../app/storage/settings.ts";
import { withoutCredentials } from "../../../app/without-credentials.ts";
import { openAccess, type OpenStack } from "../../access/index.ts";
import { checkPage } from "../../access/page.ts";
import { readOutputs } from "../../access/outputs.ts";
import { variablesOf } from "../../access/role-variables.ts";
import { readStackFile } from "../../config/file.ts";
import { type Project, stackFile } from "../../plan/project.ts";
import type { End, Surroundings } from "../actions/contract.ts";
import { type Detail, embedded, type Plan, PromotionError } from "../contract.ts";
import { bucketVariables } from "../sides/bucket.ts";
import { openQueue } from "../verify/queue.ts";
import { type Records, sharedRecords } from "./records.ts";
import { countResources, type ManagedStack, readSecrets } from "./stack.ts";

interface Options {
  readonly project: Project;
  readonly plan: Plan;
  /** Opened when it is needed. */
  readonly stack: (end: End) => Promise<ManagedStack>;
  /** The site that a session on the target visits, to see whether it can. Default: the smoke test's own. */
  readonly site?: string | undefined;
  readonly note: (text: string) => void;
  /** Default: nothing is rehearsed. */
  readonly rehearse?: (signal: AbortSignal) => Promise<Detail>;
}

/** Milliseconds between two looks at a page that is not there yet. */
const interval = 2_000;

/** Of what is carried along, the name of the output and that of the setting. */
const carried = { AUTH_SECRET: "authSecret", BACKUP_PASSPHRASE: "backupPassphrase" } as const;

/** Whether data may go with the stack. */
const ephemeral = "ephemeral";

/** What a promotion sets in the target's file, and takes out again unless it was there before. */
const given = [...Object.values(carried), ephemeral];

const skipped = (why: string): Detail => ({ skipped: why });

/** What a promotion does beside moving data, where both sides are stacks of Pulumi, or the source is this machine's own. */
export function stackSurroundings(options: Options): Surroundings {
  const { plan, stack, site, note, rehearse } = options;
  // Read when it is needed: a stack that was destroyed has no file.
  let found: Records | undefined;
  const records = () => (found ??= sharedRecords(options));
  const nameOf = (end: End) => (end === "source" ? plan.from : plan.to);
  const isOwn = (end: End) => nameOf(end) === embedded;
  const key = (setting: string) => `${options.project.name}:${setting}`;

  /** @returns what it has printed. */
  async function runRole(
    open: OpenStack,
    role: "smoke" | "backup",
    args: readonly string[],
    signal: AbortSignal,
  ): Promise<string> {
    const said = { stdout: "", stderr: "" };
    const listen = (name: keyof typeof said) =>
      new PassThrough().setEncoding("utf8").on("data", (text: string) => {
        said[name] += text;
        note(text.trimEnd());
      });
    const output = { stdout: listen("stdout"), stderr: listen("stderr") };
    const variables = variablesOf(open, role);
    const code = await open.access.run({ role, args, variables, output }, signal);
    await Promise.all(Object.values(output).map((stream) => finished(stream.end())));
    if (code === 0) return said.stdout;
    // What comes before are warnings of libraries, and behind it are calls.
    const [, why] = /^\w*Error: (.*(?:\n\S.*)*)/m.exec(said.stderr) ?? [];
    throw new PromotionError(
      `The role ${role} on ${open.name} has ended with ${code}${why === undefined ? "." : `: ${withoutCredentials(why)}`}`,
    );
  }

  /** Which of the settings in the target's file are carried along, and are not what the source has. */
  async function othersThanCarried(settings: readonly string[]): Promise<string[]> {
    const there = Object.entries(carried).filter(([, setting]) => settings.includes(setting));
    if (there.length === 0) return [];
    const { project } = options;
    const [outputs, secrets] = [await readOutputs(plan.from), await readSecrets(project, plan.to)];
    return there
      .filter(([output, setting]) => secrets[key(setting)] !== outputs[output])
      .map(([, setting]) => setting);
  }

  return {
    async checkTarget() {
      const { project } = options;
      const count = await countResources(project, plan.to);
      if (count > 0)
        throw new PromotionError(
          `Stack ${plan.to} is there already, with ${count} resources: a promotion makes its target, and removes it when it is led back before people are served there. Name another stack, or remove what nobody needs: pulumi config set testfarm:ephemeral true --stack ${plan.to}, pulumi up, pulumi destroy.`,
        );
      const of = (end: End) =>
        isOwn(end) ? {} : readStackFile(stackFile(project, nameOf(end)), project.name).values;
      const values = of("target");
      const settings = given.filter((setting) => key(setting) in values);
      const others = isOwn("source") ? [] : await othersThanCarried(settings);
      if (others.length > 0)
        throw new PromotionError(
          `Pulumi.${plan.to}.yaml has ${others.map(key).join(" and ")}: the promotion puts what ${plan.from} has in its place, so that people stay signed in and backups can be opened, and could not give it back. Keep a copy if anything was made with it, and take it out: ${others.map((setting) => `pulumi config rm ${key(setting)} --stack ${plan.to}`).join(" && ")}.`,
        );
      return {
        settings,
        ephemeral: { source: of("source")[key(ephemeral)], target: values[key(ephemeral)] },
      };
    },
    async carrySecrets() {
      if (isOwn("source")) return skipped("an installation for one person signs nobody in");
      const outputs = await readOutputs(plan.from);
      const secrets = Object.entries(carried).flatMap<readonly [string, string]>(([output, setting]) => {
        const value = outputs[output] ?? "";
        return value === "" ? [] : [[setting, value]];
      });
      if (plan.readThrough) secrets.push(["storageReadThrough", bucketFor(plan, outputs)]);
      await (await stack("target")).set(Object.fromEntries(secrets), { secret: true });
      return { carried: secrets.map(([setting]) => setting) };
    },
    lowerTtl: (signal) => records().lowerTtl(signal),
    restoreTtl: (signal) => records().restoreTtl(signal),
    async waitForgotten({ at, kept }, signal) {
      if (at === undefined || kept === undefined) return skipped("nobody keeps the address for long");
      const left = () => Date.parse(String(at)) + Number(kept) * 1_000 - Date.now();
      if (left() > 0)
        note(`Others keep the old records for ${Math.ceil(left() / 60_000)} minutes more, at the most.`);
      while (left() > 0) await sleep(Math.min(left(), interval), undefined, { signal });
      return {};
    },
    async provisionTarget(signal) {
      await records().standBy(true);
      await (await stack("target")).up(signal);
      return {};
    },
    async destroyTarget({ settings = [], ephemeral: was }, signal) {
      const target = await stack("target");
      // It holds nothing that the source has not: what protects its data is taken off first.
      await target.set({ [ephemeral]: "true" }, { secret: false });
      await target.up(signal).catch(async (error: Error) => {
        signal.throwIfAborted();
        note(`${error.message}. What could not be made does not keep the rest from being removed.`);
        await target.unprotect();
      });
      await target.destroy(signal);
      const before = settings as readonly string[];
      await target.unset([...given.filter((setting) => !before.includes(setting)), "storageReadThrough"]);
      await putBack(target, was, "target");
      await records().standBy(false);
      return {};
    },
    async backUp(end, signal) {
      if (isOwn(end)) return skipped("this machine's installation has no backups");
      const open = await openAccess(nameOf(end));
      if ((open.outputs["BACKUP_BUCKET"] ?? "") === "")
        return skipped("the stack makes no backups itself: testfarm:backup is not set");
      const said = await runRole(open, "backup", ["now"], signal);
      const [, backup] = /^Backup (\S+) is made/m.exec(said) ?? [];
      if (backup !== undefined) return { backup };
      throw new PromotionError(
        `The role backup on ${open.name} has made no backup that it names: another release made the stack. Run pulumi up --stack ${open.name}, then resume.`,
      );
    },
    rehearse: (signal) =>
      rehearse?.(signal) ?? Promise.reject(new PromotionError("A rehearsal is not rehearsed.")),
    async waitServed(end, signal) {
      if (records().areShared) return skipped("the domain leads to the other side until it is switched");
      const { outputs, access } = await openAccess(nameOf(end));
      const { FRONTEND_URL = "", API_BASE_URL = "" } = outputs;
      const authority = await access.authority();
      for (;;) {
        signal.throwIfAborted();
        try {
          return { page: await checkPage({ FRONTEND_URL, API_BASE_URL }, authority) };
        } catch (error) {
          note(`${FRONTEND_URL}: ${(error as Error).message}`);
          await sleep(interval, undefined, { signal });
        }
      }
    },
    openQueue: async (end, databaseUrl) => openQueue(await openAccess(nameOf(end)), databaseUrl),
    async smoke(end, signal) {
      const open = await openAccess(nameOf(end));
      await runRole(open, "smoke", site === undefined ? [] : ["--url", site], signal);
      return {};
    },
    async switchTraffic(end, signal) {
      const led = await records().lead(end, signal);
      if (isOwn(end)) note("People are served on this machine from now on, by npm start.");
      else
        note(`People are served at ${(await openAccess(nameOf(end))).outputs["FRONTEND_URL"]} from now on.`);
      return led;
    },
    async unprotectSource(signal) {
      if (plan.readThrough) {
        const target = await stack("target");
        await target.unset(["storageReadThrough"]);
        await target.up(signal);
      }
      if (isOwn("source")) return skipped("this machine's installation is no stack");
      const source = await stack("source");
      await source.set({ [ephemeral]: "true" }, { secret: false });
      await source.up(signal);
      return {};
    },
    async protectSource({ ephemeral: was }, signal) {
      if (isOwn("source")) return skipped("this machine's installation is no stack");
      const source = await stack("source");
      await source.unset([ephemeral]);
      await putBack(source, was, "source");
      await source.up(signal);
      return {};
    },
    async destroySource(signal) {
      if (isOwn("source")) return skipped("this machine's installation stays as it is");
      await (await stack("source")).destroy(signal);
      return {};
    },
  };
}

/** @param was what `checkTarget` has found in the file of each side. */
async function putBack(stack: ManagedStack, was: unknown, end: End): Promise<void> {
  const value = (was as Partial<Record<End, unknown>> | undefined)?.[end];
  if (value !== undefined) await stack.set({ [ephemeral]: String(value) }, { secret: false });
}

/** The source's bucket, as the target's API takes it. @throws {PromotionError} where it could not read it. */
function bucketFor({ from, to }: Plan, outputs: Readonly<Record<string, string>>): string {
  const bucket = bucketOf(bucketVariables.parse(outputs));
  if (bucket === undefined || bucket.credentials === undefined || isInside(bucket))
    throw new PromotionError(
      `--read-through: ${to} could not read the screenshots of ${from}, which are in no bucket that a key opens from outside. Roll back, and run it without.`,
    );
  return JSON.stringify(bucket);
}
