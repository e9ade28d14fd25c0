import { companies } from "../config/accounts.ts";
import { type Cost, costOf } from "../cost/cost.ts";
import type { City } from "../hosts/catalogue.ts";
import type { Violation } from "../policy/rule.ts";
import { type Effect, effectsOf } from "./effects.ts";
import type { RecordedResource, Recording, Value } from "./record.ts";
import { type Place, placesOf } from "./regions.ts";

/** What `pulumi up` would make of a stack on an empty account, and what it costs. Holds no secret in clear. */
export interface Plan {
  readonly project: string;
  readonly stack: string;
  readonly tier: string;
  /** Things to do before `pulumi up`. */
  readonly notes: readonly string[];
  readonly resources: readonly RecordedResource[];
  readonly cost: Cost;
  /** Where companies have put what is to be in the cities of the stack's file; absent on tiers that are no companies'. */
  readonly regions?: readonly Place[];
  /** What a later change of a service's settings does to who uses it. */
  readonly effects: readonly Effect[];
  /** Rules of infra/policy/ that the plan breaks, waived ones too. */
  readonly violations: readonly Violation[];
  readonly outputs: { readonly [name: string]: Value };
}

/** One resource's output that others take as input. */
export interface Flow {
  readonly from: RecordedResource;
  readonly to: readonly { readonly resource: RecordedResource; readonly input: string }[];
}

/** @param cities of the stack's file, for tiers that are made of companies' services. */
export function planOf(
  recording: Recording,
  about: Pick<Plan, "project" | "stack" | "tier" | "notes" | "violations">,
  cities?: readonly City[],
): Plan {
  const ordered = { ...recording, resources: inOrder(recording.resources) };
  return {
    ...about,
    ...ordered,
    cost: costOf(ordered),
    ...(cities && { regions: placesOf(ordered.resources, cities) }),
    effects: effectsOf(ordered.resources),
  };
}

/** Parents before their children, siblings by kind and name: the order of registration depends on timing. */
function inOrder(resources: readonly RecordedResource[], parent?: string): RecordedResource[] {
  return resources
    .filter((resource) => resource.parent === parent)
    .toSorted((a, b) => rank(a).localeCompare(rank(b), "en"))
    .flatMap((resource) => [resource, ...inOrder(resources, resource.key)]);
}
const rank = ({ custom, type, name }: RecordedResource): string => `${custom ? 0 : 1} ${type} ${name}`;

/** The resources that hand something on. */
export function flowsOf(resources: readonly RecordedResource[]): Flow[] {
  return resources
    .map((from) => ({
      from,
      to: resources.flatMap((resource) =>
        Object.entries(resource.dataFlow)
          .filter(([, sources]) => sources.includes(from.key))
          .map(([input]) => ({ resource, input })),
      ),
    }))
    .filter(({ to }) => to.length > 0);
}

/** `digitalocean:index/droplet:Droplet` is `digitalocean Droplet` to a reader, `testfarm:fly:Machine` a `fly Machine`. */
export function kindOf(type: string): string {
  const parts = type.split(":");
  const [vendor, place = "", last] = [parts[0], parts[1], parts.at(-1)];
  if (type.startsWith("pulumi:providers:")) return `${last} provider`;
  if (vendor !== "testfarm") return `${vendor} ${last}`;
  return Object.hasOwn(companies, place) ? `${place} ${last}` : `${last}`;
}

/** A resource's name, and its kind where another resource has the same name. */
export function labeller(resources: readonly RecordedResource[]): (resource: RecordedResource) => string {
  const seen = new Map<string, number>();
  for (const { name } of resources) seen.set(name, (seen.get(name) ?? 0) + 1);
  return ({ name, type }) => (seen.get(name) === 1 ? name : `${name} (${type.split(":").at(-1)})`);
}
