/** A vendor's list price, without tax. */
export interface Price {
  /** USD a month, for one of `unit`. */
  readonly usd: number;
  /** What the price is for. Default: one piece. */
  readonly unit?: "GB" | "CU";
  /** Who says so: an address, or the product owner's own table. */
  readonly source: string;
  /** When it was said: year, month, day as far as known. */
  readonly date: string;
  /** `false` where only a secondary or an old source says so: the plan marks such a price. */
  readonly confirmed: boolean;
  /** What the same cost before, and who said so, where a stack's sum is another one for it. */
  readonly before?: Pick<Price, "usd" | "source" | "date">;
}

/** By the vendor's own names of plans or sizes. */
export type Prices = Readonly<Record<string, Price>>;

/** The same source for each of a list of prices. */
export const pricesFrom = <Name extends string>(
  about: Omit<Price, "usd">,
  usd: Readonly<Record<Name, number>>,
): Readonly<Record<Name, Price>> =>
  Object.fromEntries(
    Object.entries<number>(usd).map(([name, amount]) => [name, { usd: amount, ...about }]),
  ) as Record<Name, Price>;

/** What a provider of servers asks for. What is missing is unknown. */
export interface HostPrices {
  /** By the provider's own names of sizes. */
  readonly servers: Prices;
  /** The data volume. */
  readonly volume?: Price;
}
