/** What breaks while a promotion is in a state: servers that are killed, and the ways to them and between them. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Path, StateName } from "../../../../infra/promotion/contract.ts";
import type { FaultProxy, WayFault } from "../../../support/fault-proxy.ts";
import type { Fleet } from "./fleet.ts";
import { planOf } from "./installation.ts";
import type { Moment, Way } from "./moments.ts";

/** A way of the runner to a side's database or to the target's bucket; that of each database to the other one (ONLINE). */
const ways = ["source", "target", "bucket", "between"] as const;
type WayName = (typeof ways)[number];

const servers = ["source", "target", "bucket"] as const;
type ServerName = (typeof servers)[number];

export interface Fault {
  readonly name: string;
  /** Milliseconds until it is over. */
  readonly lasts: number;
  /** Whether it is the application that it breaks, which then runs on both sides. */
  readonly hitsFleet: boolean;
  begin(fleet: Fleet | undefined): Promise<void>;
  end(fleet: Fleet | undefined): Promise<void>;
}

/** What there is to break. */
export interface Breakable {
  readonly proxies: Readonly<Record<WayName, readonly FaultProxy[]>>;
  readonly killed: Readonly<Record<ServerName, { kill(): Promise<void>; start(): Promise<void> }>>;
}

const wayFaults = [
  [{ kind: "latency", milliseconds: 30 }, 6_000],
  [{ kind: "bandwidth", bytesPerSecond: 20_000 }, 6_000],
  [{ kind: "reset" }, 700],
  [{ kind: "half-open" }, 2_000],
] as const satisfies (readonly [WayFault, number])[];

/** Of each kind one on a way, which is another one with each `turn`, and each server that can be killed. */
export function faultsOf({ proxies, killed }: Breakable, path: Path, turn: number): Fault[] {
  const all = path === "ONLINE" ? ways : ways.filter((way) => way !== "between");
  const onWays = wayFaults.map(([fault, lasts], index) => {
    const way = all[(turn + index) % all.length]!;
    return {
      name: `${fault.kind} ${way === "between" ? "between the databases" : `on the way to the ${way}`}`,
      lasts,
      hitsFleet: false,
      begin: () => Promise.resolve(proxies[way].forEach((proxy) => proxy.break(fault))),
      end: () => Promise.resolve(proxies[way].forEach((proxy) => proxy.heal())),
    };
  });
  const kills = servers.map((server) => ({
    name: `kill -9 of the ${server}'s server`,
    lasts: 500,
    hitsFleet: false,
    begin: () => killed[server].kill(),
    end: () => killed[server].start(),
  }));
  return [...onWays, ...kills, killOfRedis];
}

/** With all that it holds. */
const killOfRedis: Fault = {
  name: "kill -9 of the Redis of both sides",
  lasts: 1_000,
  hitsFleet: true,
  begin: async (fleet) => void (await Promise.all(fleet!.redis.map(({ kill }) => kill()))),
  end: async (fleet) => void (await Promise.all(fleet!.redis.map(({ start }) => start()))),
};

/** Begins it, lets the runner go on, and ends it after its time. */
export async function inject(
  { begin, end, lasts }: Fault,
  fleet: Fleet | undefined,
  goOn: () => void,
): Promise<void> {
  await begin(fleet);
  goOn();
  await sleep(lasts);
  await end(fleet);
}

export interface StateOfWay {
  readonly way: Way;
  readonly state: StateName;
  /** Before its first action. */
  readonly moment: Moment;
}

/** All of both ways until the target is observed, and back. */
export function statesOf(path: Path): StateOfWay[] {
  const { forward, back } = planOf(path);
  const there = forward.slice(0, forward.findIndex(({ asks }) => asks) + 1);
  return Object.entries({ there, back }).flatMap(([way, states]) =>
    states.map(({ name, actions }) => ({
      way: way as Way,
      state: name,
      moment: { when: "before", action: actions[0]!.name } as const,
    })),
  );
}
