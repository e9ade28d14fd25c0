/** A vendor's list price, without tax. */
export interface Price {
  /** USD a month, for one of `unit`. */
  readonly usd: number;
  /** What the price is for. Default: one piece. */
  readonly unit?: "GB";
  /** Who says so: an address, or the product owner's own table. */
  readonly source: string;
  /** When it was said: year, month, day as far as known. */
  readonly date: string;
  /** `false` where only a secondary or an old source says so: the plan marks such a price. */
  readonly confirmed: boolean;
}

/** What a provider of servers asks for. What is missing is unknown. */
export interface HostPrices {
  /** By the provider's own names of sizes. */
  readonly servers: Readonly<Record<string, Price>>;
  /** The data volume. */
  readonly volume?: Price;
}
