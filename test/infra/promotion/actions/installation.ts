/** Two installations on real servers, and a promotion between them. */
import type { Bucket } from "../../../../app/storage/contract.ts";
import { storages } from "../../../../app/storage/index.ts";
import type { Context, End, Surroundings } from "../../../../infra/promotion/actions/contract.ts";
import type { Detail, Path, Plan, Side, Timing } from "../../../../infra/promotion/contract.ts";
import { storeOf } from "../../../../infra/promotion/objects/store.ts";
import { makePlan } from "../../../../infra/promotion/plan/make.ts";

/** Quick enough for a test; the window is as long as a busy machine needs. */
const timing = { window: 30_000, margin: 1_000, interval: 50, settled: 200, sessions: 2_000, observe: 0 };

export const planOf = (path: Path, other: Partial<Timing> = {}): Plan =>
  makePlan({ from: "mvp", to: "growth", path, reasons: [], timing: { ...timing, ...other } });

/** Where the data of a side lies, as another process may be told. */
export interface Place {
  /** Of the database, as its owner. */
  readonly url: string;
  /** The same as the other side's server reaches it. Default: so, too. */
  readonly dialUrl?: string;
  /** A directory, or a bucket. */
  readonly screenshots: string | Bucket;
}

export async function sideOf(name: string, { url, dialUrl = url, screenshots }: Place): Promise<Side> {
  const storage =
    typeof screenshots === "string" ? storages.disk(screenshots) : await storages.s3(screenshots);
  return {
    name,
    kind: "docker-host",
    databaseUrl: url,
    dialUrl,
    objects: storeOf(storage),
    url: `https://${name}.test`,
    close: () => Promise.resolve(),
  };
}

/** Both sides are there from the beginning, and nobody has to be led anywhere. `done` says what was asked for. */
export function quietSurroundings(done: string[] = []): Surroundings {
  const noted = (what: string) => (): Promise<Detail> => {
    done.push(what);
    return Promise.resolve({});
  };
  const at = (what: string) => (end: End) => noted(`${what} ${end}`)();
  return {
    checkTarget: noted("check target"),
    carrySecrets: noted("carry secrets"),
    lowerTtl: noted("lower TTL"),
    restoreTtl: noted("restore TTL"),
    waitForgotten: noted("wait forgotten"),
    provisionTarget: noted("provision"),
    destroyTarget: noted("destroy target"),
    backUp: at("back up"),
    rehearse: noted("rehearse"),
    waitServed: at("serve"),
    openQueue: async () => ({ lacks: async () => [], close: async () => undefined }),
    smoke: at("smoke"),
    switchTraffic: at("lead to"),
    unprotectSource: noted("unprotect"),
    protectSource: noted("protect"),
    destroySource: noted("destroy source"),
  };
}

export const contextOf = (
  plan: Plan,
  sides: Readonly<Record<End, Side>>,
  surroundings = quietSurroundings(),
): Context => ({
  plan,
  side: (end) => Promise.resolve(sides[end]),
  surroundings,
  jobs: 2,
  report: () => undefined,
  note: () => undefined,
});
