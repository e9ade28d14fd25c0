/** What goes wrong at a stand-in vendor because a test asked for it: a file, which the stand-ins' processes read. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";

export interface Trouble {
  /** Type token of the resource. */
  readonly type: string;
  readonly call: "create" | "update";
  /** Which call of it, counted from now on; it happens once. Default: the next. */
  readonly nth?: number;
  /**
   * - `refused`: nothing happens but an error.
   * - `late`: the answer comes, and the resource with it, after `milliseconds`.
   * - `incomplete` (of `create`): the resource is there, and then comes the error.
   */
  readonly how: { readonly refused: string } | { readonly late: number } | { readonly incomplete: string };
}

export function openTroubles(file: string) {
  const read = (): Trouble[] =>
    existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Trouble[]) : [];
  const write = (troubles: Trouble[]): void => writeFileSync(file, JSON.stringify(troubles));
  return {
    expect: (trouble: Trouble): void => write([...read(), trouble]),
    meet: (type: string, call: Trouble["call"]): Trouble | undefined => {
      const troubles = read();
      const isOf = (trouble: Trouble): boolean => trouble.type === type && trouble.call === call;
      if (!troubles.some(isOf)) return undefined;
      const met = troubles.find((trouble) => isOf(trouble) && (trouble.nth ?? 1) === 1);
      const rest = troubles.filter((trouble) => trouble !== met);
      write(rest.map((each) => (isOf(each) ? { ...each, nth: Math.max(1, (each.nth ?? 1) - 1) } : each)));
      return met;
    },
  };
}
