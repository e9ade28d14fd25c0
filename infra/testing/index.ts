/**
 * `testfarm/testing`: tests for programs and components of your own, without an engine, an account or a network.
 *
 * ```ts
 * import { canariesInClear, recordProgram, resourceOf, Secret } from "testfarm/testing";
 *
 * const recording = await recordProgram(async () => {
 *   new Database("db", { password: pulumi.secret("canary-password") });
 * });
 * const container = resourceOf(recording, "docker:index/container:Container", "db");
 * assert.equal(container.inputs["image"], "postgres:17");
 * assert.ok(container.protect);
 * assert.deepEqual(canariesInClear(recording, ["canary-password"]), []);
 * ```
 */
import {
  record,
  Secret,
  type RecordedResource,
  type Recording,
  type RecordOptions,
  type Value,
} from "../plan/record.ts";

export { Secret, Unknown } from "../plan/record.ts";
export type { RecordedResource, Recording, RecordOptions, Response, Value } from "../plan/record.ts";

/**
 * Runs a program, or a function that makes one component, and returns all that it registered. Providers answer with
 * the inputs, and with what `respond` adds. Pulumi's state is global to the process: one recording at a time.
 *
 * @param options default: project `testfarm`, stack `test`, no configuration, as if after `pulumi up`.
 * @throws what the program throws.
 */
export const recordProgram = (
  program: () => Promise<Record<string, unknown> | void>,
  options: Partial<RecordOptions> = {},
): Promise<Recording> => record(program, { project: "testfarm", stack: "test", preview: false, ...options });

/**
 * The only resource of a type, or the one with that name.
 * @param type Pulumi's token, `docker:index/container:Container`.
 * @throws when there is none or more than one; the message names those that there are.
 */
export function resourceOf(recording: Recording, type: string, name?: string): RecordedResource {
  const ofType = recording.resources.filter((resource) => resource.type === type);
  const [found, ...others] = ofType.filter((resource) => name === undefined || resource.name === name);
  if (found && others.length === 0) return found;
  const wanted = name === undefined ? type : `${type} named ${name}`;
  const names = ofType.map((resource) => resource.name).join(", ") || "none";
  throw new Error(`expected one ${wanted}; recorded of that type: ${names}`);
}

/**
 * Every place where a canary stands outside a secret: names, inputs and outputs, plain, URL-encoded or in base64.
 * Give the program's secrets unmistakable values, and expect `[]`.
 *
 * @returns places such as `docker:index/container:Container db: inputs.envs[0]`.
 */
export function canariesInClear(recording: Recording, canaries: readonly string[]): string[] {
  const holdsCanary = (text: string): boolean =>
    [text, ...decoded(text)].some((form) =>
      canaries.some((canary) => form.includes(canary) || form.includes(encodeURIComponent(canary))),
    );
  const search = (value: Value, place: string): string[] => {
    if (typeof value === "string") return holdsCanary(value) ? [place] : [];
    if (value === null || typeof value !== "object" || value instanceof Secret) return [];
    if (Array.isArray(value)) return value.flatMap((each, index) => search(each, `${place}[${index}]`));
    return Object.entries(value as Record<string, Value>).flatMap(([key, each]) =>
      holdsCanary(key) ? [`${place}, a key`] : search(each, `${place}.${key}`),
    );
  };
  return [
    ...recording.resources.flatMap(({ type, name, inputs }) => [
      ...(holdsCanary(name) ? [`${type}: its name`] : []),
      ...search(inputs as Value, `${type} ${name}: inputs`),
    ]),
    ...search(recording.outputs as Value, "outputs"),
  ];
}

/** What the base64 in a text says: user data and Kubernetes secrets travel that way. */
const decoded = (text: string): string[] =>
  (text.match(/[A-Za-z0-9+/]{4,}={0,2}/g) ?? []).map((each) => Buffer.from(each, "base64").toString("utf8"));
