import type { Recording } from "../plan/record.ts";
import type { Price } from "../prices/price.ts";
import { chargesFor } from "./rules.ts";

export interface CostLine {
  /** Name of the resource in the program. */
  readonly name: string;
  readonly item: string;
  /** USD a month; 0 is free, negative is what a plan includes, absent is unknown. */
  readonly usd?: number;
  readonly price?: Price;
  /** How much use the line is for, where the bill depends on that: a guess. */
  readonly assuming?: string;
}

/** What a stack costs by the vendors' list prices, without tax, traffic beyond what is included, and use that no line names. */
export interface Cost {
  readonly lines: readonly CostLine[];
  /** Sum of what is known, in USD a month. */
  readonly usd: number;
  /** `false` when a price is unknown: `usd` is then the least it costs. */
  readonly complete: boolean;
  /** `false` when a price that counts comes from a secondary or an old source. */
  readonly confirmed: boolean;
}

/** Computes the cost from what the program registered, never from its configuration. */
export function costOf(recording: Recording): Cost {
  const lines = recording.resources.flatMap((resource) =>
    chargesFor(resource, recording).map((charge): CostLine => {
      const line = { name: resource.name, item: charge.item };
      if ("unknown" in charge) return line;
      if ("free" in charge) return { ...line, usd: 0 };
      const { price, quantity, assuming } = charge;
      return { ...line, usd: price.usd * quantity, price, ...(assuming !== undefined && { assuming }) };
    }),
  );
  return {
    lines,
    usd: lines.reduce((sum, { usd = 0 }) => sum + usd, 0),
    complete: lines.every(({ usd }) => usd !== undefined),
    confirmed: lines.every(({ price }) => price?.confirmed ?? true),
  };
}
