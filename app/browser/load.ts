import { readFileSync } from "node:fs";
import { availableParallelism, loadavg, totalmem } from "node:os";
import { join } from "node:path";

/** What is left of the machine, or of the part of it that this process may use. */
export interface Load {
  /** Bytes that this process and its browsers may use in all. */
  readonly memoryLimit: number;
  /** Bytes of that which are free or can be freed at once. `Infinity` where the system does not tell. */
  availableMemory(): number;
  /** Share of the processors in use since the last call, from 0; above 1 where more wait than there are processors. */
  cpu(): number;
}

/**
 * The limits of the control group that this process is in (version 2, else version 1), which is what a container has;
 * outside of one those of the machine.
 *
 * @param root of the file systems `proc` and `sys`; another one in tests.
 */
export function readLoad(root = "/"): Load {
  const files = reader(root);
  return files.cgroup2() ?? files.cgroup1() ?? files.machine();
}

/** A limit above this is none: version 1 writes the largest number of pages. */
const unlimited = 2 ** 60;

function reader(root: string) {
  const text = (...path: string[]): string | undefined => {
    try {
      return readFileSync(join(root, ...path), "utf8").trim();
    } catch {
      // Every system has only some of these files.
      return undefined;
    }
  };
  const number = (...path: string[]): number | undefined => {
    const content = text(...path);
    return content === undefined || !/^\d+$/.test(content) ? undefined : Number(content);
  };
  /** Where a controller's files are: under its own path, or at the root where the container sees only its own. */
  const directory = (controller: string, mount: string[], file: string): string[] | undefined => {
    const own = new RegExp(`^\\d+:${controller}:(.*)$`, "m").exec(text("proc", "self", "cgroup") ?? "")?.[1];
    return [[...mount, own ?? ""], mount].find((path) => text(...path, file) !== undefined);
  };

  return {
    cgroup2(): Load | undefined {
      const group = directory("", ["sys", "fs", "cgroup"], "memory.max");
      const memoryLimit = group && number(...group, "memory.max");
      if (group === undefined || memoryLimit === undefined) return undefined;
      const [quota, period] = (text(...group, "cpu.max") ?? "max").split(" ").map(Number);
      const cpus = quota && period ? quota / period : availableParallelism();
      return {
        memoryLimit,
        availableMemory() {
          const cache = field(text(...group, "memory.stat"), "inactive_file");
          return memoryLimit - ((number(...group, "memory.current") ?? 0) - cache);
        },
        cpu: share(() => field(text(...group, "cpu.stat"), "usage_usec") / 1_000, cpus),
      };
    },

    cgroup1(): Load | undefined {
      const memory = directory("memory", mount("memory"), "memory.limit_in_bytes");
      const memoryLimit = memory && number(...memory, "memory.limit_in_bytes");
      if (memory === undefined || memoryLimit === undefined || memoryLimit > unlimited) return undefined;
      const cpu = directory("(?:cpu,cpuacct|cpu)", mount("cpu"), "cpu.cfs_quota_us") ?? mount("cpu");
      const account =
        directory("(?:cpu,cpuacct|cpuacct)", mount("cpuacct"), "cpuacct.usage") ?? mount("cpuacct");
      const quota = number(...cpu, "cpu.cfs_quota_us");
      const period = number(...cpu, "cpu.cfs_period_us");
      return {
        memoryLimit,
        availableMemory() {
          const cache = field(text(...memory, "memory.stat"), "total_inactive_file");
          return memoryLimit - ((number(...memory, "memory.usage_in_bytes") ?? 0) - cache);
        },
        cpu: share(
          () => (number(...account, "cpuacct.usage") ?? 0) / 1e6,
          quota && period ? quota / period : availableParallelism(),
        ),
      };
    },

    machine(): Load {
      return {
        memoryLimit: totalmem(),
        availableMemory() {
          const kilobytes = field(text("proc", "meminfo"), "MemAvailable");
          // What other systems call free leaves out all that they would give back at once.
          return kilobytes === 0 ? Infinity : kilobytes * 1_024;
        },
        // Other programs count here too, and a busy machine is no full one.
        cpu: () => (loadavg()[0] ?? 0) / availableParallelism() / 4,
      };
    },
  };
}

/** A line of a file that has a name and a number on each. */
const field = (content: string | undefined, name: string): number =>
  Number(new RegExp(`^${name}:?\\s+(\\d+)`, "m").exec(content ?? "")?.[1] ?? 0);

const mount = (name: string) => ["sys", "fs", "cgroup", name];

/** @param used processor time so far, in milliseconds. */
function share(used: () => number, cpus: number): () => number {
  let last = { used: used(), at: performance.now() };
  return () => {
    const now = { used: used(), at: performance.now() };
    const result = (now.used - last.used) / Math.max(1, now.at - last.at) / cpus;
    last = now;
    return result;
  };
}
