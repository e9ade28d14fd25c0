import { readFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * What `page.ariaSnapshot({ mode: "ai" })` of Playwright 1.65.1 wrote: `shop`, `product`, `basket` and `checkout` are pages
 * of the demo shop, `odd` is one of elements and texts that are hard to read.
 */
export const snapshotOf = (name: "shop" | "product" | "basket" | "checkout" | "odd"): Promise<string> =>
  readFile(join(import.meta.dirname, "snapshots", `${name}.txt`), "utf8");
