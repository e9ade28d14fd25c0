import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readLoad, type Load } from "../../../app/browser/load.ts";
import { bytesPerSession, watchStrain } from "../../../app/browser/strain.ts";

let root: string;
beforeEach(() => void (root = mkdtempSync(join(tmpdir(), "testfarm-load-"))));
afterEach(() => rmSync(root, { recursive: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}

/** Share of the processors, when the files say that so many milliseconds of them were used meanwhile. */
async function cpuAfter(load: Load, use: (milliseconds: number) => void): Promise<number> {
  const start = performance.now();
  await sleep(50);
  use(performance.now() - start);
  return load.cpu();
}

describe("what is left", () => {
  test("in a container with version 2 is its limit without what can be freed, and its share of the processors", async () => {
    write({
      "proc/self/cgroup": "0::/\n",
      "sys/fs/cgroup/memory.max": "1000\n",
      "sys/fs/cgroup/memory.current": "700\n",
      "sys/fs/cgroup/memory.stat": "anon 1\ninactive_file 200\n",
      "sys/fs/cgroup/cpu.max": "200000 100000\n",
      "sys/fs/cgroup/cpu.stat": "usage_usec 0\n",
    });
    const load = readLoad(root);
    expect([load.memoryLimit, load.availableMemory()]).toEqual([1_000, 500]);
    const share = await cpuAfter(load, (elapsed) =>
      write({ "sys/fs/cgroup/cpu.stat": `usage_usec ${Math.round(elapsed * 1_000)}\n` }),
    );
    expect(share).toBeGreaterThan(0.3);
    expect(share).toBeLessThan(0.51);
  });

  test("in a group of version 2 below the root is that group's", () => {
    write({
      "proc/self/cgroup": "0::/a/b\n",
      "sys/fs/cgroup/a/b/memory.max": "1000",
      "sys/fs/cgroup/a/b/memory.current": "1",
    });
    expect(readLoad(root).availableMemory()).toBe(999);
  });

  test("in a container with version 1 is the same", async () => {
    write({
      "proc/self/cgroup": "4:memory:/docker/1\n2:cpu,cpuacct:/docker/1\n",
      "sys/fs/cgroup/memory/memory.limit_in_bytes": "1000",
      "sys/fs/cgroup/memory/memory.usage_in_bytes": "700",
      "sys/fs/cgroup/memory/memory.stat": "inactive_file 9\ntotal_inactive_file 100",
      "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "50000",
      "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
      "sys/fs/cgroup/cpuacct/cpuacct.usage": "0",
    });
    const load = readLoad(root);
    expect([load.memoryLimit, load.availableMemory()]).toEqual([1_000, 400]);
    const share = await cpuAfter(load, (elapsed) =>
      write({ "sys/fs/cgroup/cpuacct/cpuacct.usage": `${Math.round(elapsed * 1e6 * 0.5)}` }),
    );
    expect(share).toBeGreaterThan(0.6);
    expect(share).toBeLessThan(1.01);
  });

  test.each([
    ["no limit in version 2", { "proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "max" }],
    [
      "no limit in version 1",
      {
        "proc/self/cgroup": "4:memory:/\n",
        "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712",
      },
    ],
    ["no control groups at all", {}],
  ])("with %s is the machine's", (_, files) => {
    write({ ...files, "proc/meminfo": "MemTotal: 9 kB\nMemAvailable:   5 kB\n" });
    const load = readLoad(root);
    expect([load.memoryLimit, load.availableMemory()]).toEqual([totalmem(), 5 * 1_024]);
    expect(load.cpu()).toBeGreaterThanOrEqual(0);
  });

  test("where the system does not tell is no obstacle", () => {
    expect(readLoad(root).availableMemory()).toBe(Infinity);
    expect(availableParallelism()).toBeGreaterThan(0);
  });
});

const strainOf = (load: Partial<Load>) => {
  const strain = watchStrain({ memoryLimit: 0, availableMemory: () => Infinity, cpu: () => 0, ...load });
  strain.close();
  return strain;
};

describe("a shortage", () => {
  test("of memory counts those that have entered and do not use theirs yet", () => {
    const strain = strainOf({ availableMemory: () => 2 * bytesPerSession });
    expect([strain.shortage(0), strain.shortage(1), strain.shortage(2)]).toEqual([
      undefined,
      undefined,
      "memory",
    ]);
  });

  test("of processors is one that lasts, and ends well below where it began", () => {
    let cpu = 1;
    const strain = strainOf({ cpu: () => cpu });
    const during = (seconds: number) => {
      for (let second = 0; second < seconds; second += 1) strain.sample();
      return strain.shortage(0);
    };
    expect(during(10)).toBeUndefined();
    expect(during(30)).toBe("cpu");
    cpu = 0.9;
    expect(during(30)).toBe("cpu");
    cpu = 0.8;
    expect(during(30)).toBeUndefined();
  });
});
