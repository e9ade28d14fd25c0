import { expect, test } from "vitest";
import { limitsOf, type Machine, mostSessions } from "../../../infra/capacity/docker-host.ts";

const machines: Machine[] = [
  { vcpus: 2, memoryGb: 4 },
  { vcpus: 3, memoryGb: 4 },
  { vcpus: 4, memoryGb: 8 },
  { vcpus: 8, memoryGb: 16 },
];

test("the smallest server has room for five sessions, larger ones for more", () => {
  expect(machines.map(mostSessions)).toEqual([5, 5, 15, 34]);
});

test.each(machines)(
  "all containers together fit $vcpus vCPU and $memoryGb GB, and leave the kernel some",
  (machine) => {
    const { migrate: _, ...limits } = limitsOf(mostSessions(machine), machine);
    const all = Object.values(limits);
    expect(all.reduce((sum, { cpus }) => sum + cpus, 0)).toBeLessThanOrEqual(machine.vcpus + 0.001);
    expect(all.reduce((sum, { memory }) => sum + memory, 0)).toBeLessThanOrEqual(
      machine.memoryGb * 1_024 - 400,
    );
  },
);

test("more sessions get more memory for browsers, and for nothing else", () => {
  const { browser: few, ...rest } = limitsOf(5);
  const { browser: many, ...others } = limitsOf(10);
  expect([few.memory, many.memory]).toEqual([5 * 350, 10 * 350]);
  expect(others).toEqual(rest);
});

test("a larger machine gives the database more of both", () => {
  expect(limitsOf(5).postgres).toEqual({ memory: 512, cpus: 0.2 });
  expect(limitsOf(5, machines[3]).postgres).toEqual({ memory: 2_048, cpus: 0.8 });
});
