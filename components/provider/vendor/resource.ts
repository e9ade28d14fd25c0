/** Turns a kind of a vendor into a resource of the provider: takes over what exists, waits, tells drift, deletes. */
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { InitFailed, type Failure, type Properties, type Resource, type Value } from "../contract.ts";
import { unknown } from "../wire.ts";
import { type Api, VendorError } from "./api.ts";
import { fieldsOf, namesWith } from "./fields.ts";
import type { Kind, Progress, Search, Step, Wait } from "./kind.ts";

/** What a resource of a vendor works with. */
export interface VendorSession {
  /** @throws when the provider is configured for another vendor, or for none. */
  readonly api: (vendor: string) => Api;
}

type Known = Readonly<Properties>;

const attempts = 5;
/** The longest pause between two looks, as a multiple of the first one. */
const slowest = 10;

/**
 * @param vendor its key in the table of vendors.
 * @param kindName for messages.
 */
export function resourceOf(vendor: string, kindName: string, kind: Kind): Resource<VendorSession> {
  const fixed = namesWith(kind.inputs, "willReplaceOnChanges");
  const what = `${vendor} ${kindName}`;

  /** What can be known of it; `undefined` when it is gone. */
  async function look(api: Api, id: string, inputs: Known, signal: AbortSignal) {
    const answers: Record<string, never> = {};
    for (const [key, read] of Object.entries(kind.read(id, inputs))) {
      const request = typeof read === "function" ? read(answers as never) : read;
      if (request === undefined) continue;
      try {
        answers[key] = (await api.send(request, signal)) as never;
      } catch (error) {
        if (isGone(error)) return undefined;
        throw error;
      }
    }
    return { progress: kind.progress?.(answers, inputs) ?? "ready", ...kind.tell(answers, id) };
  }

  /** Looks until what is seen is as it should be. @throws when it fails, or takes too long. */
  async function until<Seen>(
    { interval }: Api,
    id: string,
    see: () => Promise<Seen>,
    progressOf: (seen: Seen) => Progress,
    signal: AbortSignal,
  ): Promise<Seen> {
    const end = performance.now() + (kind.patience ?? 600) * 1_000;
    for (let pause = interval; ; pause = Math.min(pause * 1.5, interval * slowest)) {
      const seen = await see();
      const progress = progressOf(seen);
      if (progress === "ready") return seen;
      if ("failed" in progress) throw new Error(`${what} ${id} has failed: ${progress.failed}`);
      if (performance.now() + pause > end)
        throw new Error(
          `${what} ${id} is not ready after ${kind.patience ?? 600} s: ${progress.pending}. The next pulumi up goes on waiting.`,
        );
      await sleep(pause, undefined, { signal });
    }
  }

  async function ready(api: Api, id: string, inputs: Known, signal: AbortSignal) {
    const found = await until(
      api,
      id,
      () => look(api, id, inputs, signal),
      (seen) => seen?.progress ?? { pending: "not there yet" },
      signal,
    );
    return found!;
  }

  /** Makes it unless it is there: a request that may have arrived is not sent again before it was looked. */
  async function make(api: Api, inputs: Known, signal: AbortSignal) {
    for (let attempt = 1; ; attempt++) {
      const found = await idOf(api, kind.find?.(inputs), signal);
      if (found !== undefined) {
        const { inputs: told = {} } = (await look(api, found, inputs, signal)) ?? {};
        checkFixed(found, told, inputs);
        return { id: found, told: {}, old: told };
      }
      try {
        const answer = await api.send(kind.create(inputs), signal);
        return { told: {}, ...kind.created(answer, inputs), old: kind.isCreatedBare ? {} : inputs };
      } catch (error) {
        if (!mayExist(error) || kind.find === undefined || attempt === attempts) throw error;
        await sleep(api.interval * 2 ** (attempt - 1), undefined, { signal });
      }
    }
  }

  /** One of the same name with another region, say, is somebody else's. */
  function checkFixed(id: string, told: Known, inputs: Known): void {
    const other = fixed.filter(
      (field) => told[field] !== undefined && !isDeepStrictEqual(told[field], inputs[field]),
    );
    if (other.length === 0) return;
    const differences = other.map(
      (field) => `${field} ${shown(told[field])} instead of ${shown(inputs[field])}`,
    );
    throw new Error(
      `${what} exists already as ${id}, with ${differences.join(", ")}. Delete it there, take it over by pulumi import, or choose another name.`,
    );
  }

  async function apply(api: Api, id: string, inputs: Known, old: Known, signal: AbortSignal): Promise<void> {
    if (isDeepStrictEqual(inputs, old)) return;
    const pass = (step: Wait | "ready") =>
      step === "ready"
        ? ready(api, id, inputs, signal)
        : until(api, id, () => api.send(step.until, signal) as Promise<never>, step.is, signal);
    await take(api, kind.apply?.(id, inputs, old) ?? [], pass, signal);
  }

  return {
    outputs: fieldsOf(kind.outputs),
    secrets: [...namesWith(kind.inputs, "secret"), ...namesWith(kind.outputs, "secret")],
    replaces: fixed,
    // The name is to be had once: with the old one there, the new one would be taken for it.
    deleteBeforeReplace: kind.find !== undefined,

    check: (inputs) => failuresIn(kind, inputs),

    async create(given, { session, signal }) {
      const api = session.api(vendor);
      const inputs = kind.inputs.parse(given) as Known;
      const { id, told, old } = await make(api, inputs, signal);
      try {
        await apply(api, id, inputs, old, signal);
        const { outputs } = await ready(api, id, inputs, signal);
        return { id, outputs: { ...told, ...outputs } };
      } catch (cause) {
        throw new InitFailed(`${what} ${id} exists and is not as it should be`, { id, outputs: told }, cause);
      }
    },

    async read(id, { inputs, state }, { session, signal }) {
      const found = await look(session.api(vendor), id, inputs, signal);
      if (found === undefined) return undefined;
      const isImport = Object.keys(inputs).length === 0;
      // What the program leaves to the vendor is no drift.
      const told = Object.entries(found.inputs).filter(([name]) => isImport || inputs[name] !== undefined);
      const kept = fieldsOf(kind.outputs).flatMap((name) =>
        state[name] === undefined ? [] : [[name, state[name]]],
      );
      return {
        inputs: { ...inputs, ...(Object.fromEntries(told) as Properties) },
        outputs: { ...(Object.fromEntries(kept) as Properties), ...found.outputs },
      };
    },

    async update(id, given, old, { session, signal }) {
      const api = session.api(vendor);
      const inputs = kind.inputs.parse(given) as Known;
      const names = fieldsOf(kind.inputs);
      // An update without a change mends what has failed halfway: what the vendor tells of it counts.
      const isMending = names.every((name) => isDeepStrictEqual(old[name], given[name]));
      const known = isMending
        ? (await look(api, id, inputs, signal))?.inputs
        : withDefaults(kind, Object.fromEntries(names.map((name) => [name, old[name]])));
      await apply(api, id, inputs, known ?? {}, signal);
      const { outputs } = await ready(api, id, inputs, signal);
      const kept = fieldsOf(kind.outputs).map((name) => [name, old[name]]);
      return { ...(Object.fromEntries(kept) as Properties), ...outputs };
    },

    async delete(id, old, { session, signal }) {
      if (kind.isStateful && old["deletionProtection"] !== false)
        throw new Error(
          `${what} ${id} holds data and is protected. To delete it with its data, set ephemeral: true, run pulumi up, and then destroy.`,
        );
      for (const request of kind.remove(id, old)) {
        try {
          await session.api(vendor).send(request, signal);
        } catch (error) {
          if (!isGone(error)) throw error;
        }
      }
    },
  };
}

/** As an earlier version of this one may have checked them; those that would be refused today stay as they were. */
const withDefaults = ({ inputs }: Kind, given: Properties): Known =>
  (inputs.safeParse(given).data as Known) ?? given;

const isGone = (error: unknown): boolean =>
  error instanceof VendorError && (error.status === 404 || error.status === 410);

/** Nothing is known of what became of it, or the server failed on the way. */
const mayExist = (error: unknown): boolean =>
  error instanceof VendorError && (error.status === 0 || error.status === 408 || error.status >= 500);

/** Step by step; what follows from an answer is made before the rest. */
async function take(
  api: Api,
  steps: readonly Step[],
  pass: (step: Wait | "ready") => Promise<unknown>,
  signal: AbortSignal,
  before?: unknown,
): Promise<void> {
  let previous = before;
  for (const step of steps) {
    if (step === "ready" || "until" in step) await pass(step);
    else if (typeof step === "function") await take(api, step(previous as never), pass, signal, previous);
    else previous = await api.send(step, signal);
  }
}

async function idOf(api: Api, search: Search | undefined, signal: AbortSignal): Promise<string | undefined> {
  for (let request = search?.request; request !== undefined;) {
    const page = await api.send(request, signal);
    const found = search!.pick(page);
    if (found !== undefined) return found;
    request = search!.next?.(page);
  }
  return undefined;
}

/** In a preview a value may be unknown, at any depth: it is judged when it is known. */
function failuresIn(kind: Kind, inputs: Properties): readonly Failure[] {
  const { error } = kind.inputs.safeParse(inputs);
  return (error?.issues ?? [])
    .filter(({ path }) => valueAt(inputs, path) !== unknown)
    .map(({ path, message }) => ({
      property: path.join("."),
      reason: `is ${shown(valueAt(inputs, path))}: ${message}`,
    }));
}

const valueAt = (inputs: Properties, path: readonly PropertyKey[]): Value | undefined =>
  path.reduce<Value | undefined>(
    (value, key) => (value as Readonly<Record<PropertyKey, Value>> | undefined)?.[key],
    inputs,
  );

const shown = (value: Value | undefined): string => (value === undefined ? "absent" : JSON.stringify(value));
