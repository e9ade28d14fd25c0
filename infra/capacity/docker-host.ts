/** What fits on the machine of a Docker host, and how its containers share it. */
import { least, type Size } from "../hosts/catalogue.ts";

export type Machine = Pick<Size, "vcpus" | "memoryGb">;

/** In MB and in processors. */
export interface Limits {
  readonly memory: number;
  readonly cpus: number;
}

/** One session's Chromium with its page, in MB. */
const browserPerSession = 350;
/** For the kernel and the engine, in MB. */
const reserved = 400;

/**
 * In MB. Node's roles and both Caddys, proxy and page, need the same on every machine; PostgreSQL and Redis get a share of it, since what
 * they keep in memory makes them fast.
 */
const memory = ({ memoryGb }: Machine) => ({
  edge: 96,
  web: 64,
  api: 320,
  worker: 448,
  egress: 96,
  postgres: 128 * memoryGb,
  redis: 32 * memoryGb,
  backup: 224,
});

/** Parts of the processors. Together all of them, so that no service can take from another what is that one's. */
const processors = {
  edge: 0.05,
  web: 0.025,
  api: 0.15,
  worker: 0.125,
  browser: 0.375,
  egress: 0.075,
  postgres: 0.1,
  redis: 0.05,
  backup: 0.05,
} as const;

export type Service = keyof typeof processors | "migrate";

/** Runs once, before its release is there. */
const migrate = { memory: 192, cpus: 0.5 };

/** Sessions that the machine has memory for at the same time. */
export function mostSessions(machine: Machine): number {
  const taken = Object.values(memory(machine)).reduce((sum, each) => sum + each, reserved);
  return Math.floor((machine.memoryGb * 1_024 - taken) / browserPerSession);
}

/** Limits of each container. All together they are no more than the machine, with as many sessions as it has room for. */
export function limitsOf(sessions: number, machine: Machine = least): Readonly<Record<Service, Limits>> {
  const megabytes = { ...memory(machine), browser: sessions * browserPerSession };
  const services = Object.entries(processors) as [keyof typeof processors, number][];
  const limits = services.map(([service, part]) => [
    service,
    { memory: megabytes[service], cpus: Math.round(part * machine.vcpus * 1_000) / 1_000 },
  ]);
  return { ...(Object.fromEntries(limits) as Record<keyof typeof processors, Limits>), migrate };
}
