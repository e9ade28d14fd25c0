import type { RecordedResource, Recording } from "../plan/record.ts";
import type { Price } from "../prices/price.ts";

/** One line of what a resource is billed for. */
export type Charge =
  | {
      readonly item: string;
      readonly price: Price;
      /** How many of the price's unit; negative takes off what a plan includes. */
      readonly quantity: number;
      /** How much it is used, where the bill depends on that and only the use will tell. */
      readonly assuming?: string;
    }
  | { readonly item: string; readonly free: true }
  | { readonly item: string; readonly unknown: true };

export type Rule = (resource: RecordedResource, recording: Recording) => Charge | readonly Charge[];
/** By type of resource. */
export type Rules = Readonly<Record<string, Rule>>;

export const free =
  (item: string): Rule =>
  () => ({ item, free: true });

export const unknown =
  (item: string): Rule =>
  () => ({ item, unknown: true });

/** One piece of what a list has under a name; a name without a price is unknown, and no name the vendor's default. */
export function listed(
  item: string,
  prices: Readonly<Record<string, Price>>,
  { inputs }: RecordedResource,
  input: string,
  otherwise?: string,
): Charge {
  const name = inputs[input] ?? otherwise;
  const called = `${item} ${String(name)}`;
  const price = typeof name === "string" && Object.hasOwn(prices, name) ? prices[name] : undefined;
  return price ? { item: called, price, quantity: 1 } : { item: called, unknown: true };
}

/** A number among a resource's inputs. @returns `undefined` where only the provider knows it. */
export function numberOf({ inputs }: RecordedResource, input: string, otherwise: number): number | undefined {
  const value = inputs[input] ?? otherwise;
  return typeof value === "number" ? value : undefined;
}

/** What is paid once, whatever a stack has of a kind: its first one stands for all. */
export const once =
  (rule: Rule, others: Rule): Rule =>
  (resource, recording) => {
    const first = recording.resources.find(({ type, custom }) => custom && type === resource.type);
    return (first?.key === resource.key ? rule : others)(resource, recording);
  };
