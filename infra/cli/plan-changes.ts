import { isDeepStrictEqual } from "node:util";
import type { CostLine } from "../cost/cost.ts";
import type { Plan } from "../plan/plan.ts";
import type { RecordedResource } from "../plan/record.ts";
import type { Violation } from "../policy/rule.ts";

/** What one plan of a stack has that another has not, both as `npm run plan -- <stack> --json` prints them. */
export interface PlanChanges {
  /** A line of the cost that is there in one of them only, beside the one of the same resource in whose place it is. */
  readonly cost: readonly { readonly before?: CostLine; readonly after?: CostLine }[];
  readonly resources: readonly ResourceChange[];
  /** Rules that are broken now and were not before. */
  readonly broken: readonly Violation[];
  /** Rules that were broken before and are not now. */
  readonly mended: readonly Violation[];
}

export interface ResourceChange {
  readonly resource: RecordedResource;
  readonly what: "new" | "gone" | "changed";
  /** Of a changed one, each as text; absent where there is none. */
  readonly inputs: readonly { readonly name: string; readonly before?: string; readonly after?: string }[];
}

/** @param before `undefined` for a stack that is new. */
export function changesOf(before: Plan | undefined, after: Plan | undefined): PlanChanges {
  const [old, now] = [before?.violations ?? [], after?.violations ?? []];
  return {
    cost: costChanges(before?.cost.lines ?? [], after?.cost.lines ?? []),
    resources: resourceChanges(before?.resources ?? [], after?.resources ?? []),
    broken: without(now, old),
    mended: without(old, now),
  };
}

export const hasChanges = (changes: PlanChanges): boolean =>
  Object.values(changes).some((each: readonly unknown[]) => each.length > 0);

const without = <T>(these: readonly T[], those: readonly T[]): T[] =>
  these.filter((each) => !those.some((other) => isDeepStrictEqual(each, other)));

function costChanges(before: readonly CostLine[], after: readonly CostLine[]): PlanChanges["cost"] {
  const gone = without(before, after);
  const added = without(after, before).map((line) => {
    const index = gone.findIndex(({ name }) => name === line.name);
    const [replaced] = index === -1 ? [] : gone.splice(index, 1);
    return { ...(replaced && { before: replaced }), after: line };
  });
  return [...added, ...gone.map((line) => ({ before: line }))];
}

/** Of what a provider makes; a component is no more than its children. */
function resourceChanges(
  before: readonly RecordedResource[],
  after: readonly RecordedResource[],
): ResourceChange[] {
  const [old, now] = [before, after].map(
    (resources) => new Map(resources.filter(({ custom }) => custom).map((each) => [each.key, each])),
  ) as [Map<string, RecordedResource>, Map<string, RecordedResource>];
  const kept = [...now.values()].flatMap((resource): ResourceChange[] => {
    const former = old.get(resource.key);
    if (former === undefined) return [{ resource, what: "new", inputs: [] }];
    const inputs = inputChanges(former, resource);
    return inputs.length > 0 ? [{ resource, what: "changed", inputs }] : [];
  });
  const gone = [...old.values()].filter(({ key }) => !now.has(key));
  return [...kept, ...gone.map((resource) => ({ resource, what: "gone" as const, inputs: [] }))];
}

function inputChanges(before: RecordedResource, after: RecordedResource): ResourceChange["inputs"] {
  const [old, now] = [settingsOf(before), settingsOf(after)];
  return [...new Set([...Object.keys(old), ...Object.keys(now)])]
    .filter((name) => !after.ignoreChanges.includes(name) && !isDeepStrictEqual(old[name], now[name]))
    .map((name) => ({
      name,
      ...(name in old && { before: textOf(old[name]) }),
      ...(name in now && { after: textOf(now[name]) }),
    }));
}

/** Inputs, and what decides over the resource's life. */
const settingsOf = (resource: RecordedResource): Record<string, unknown> => ({
  ...resource.inputs,
  protect: resource.protect,
  retainOnDelete: resource.retainOnDelete,
});

const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
