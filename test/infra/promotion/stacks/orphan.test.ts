import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { endOrphan, startOf } from "../../../../infra/promotion/stacks/orphan.ts";

test("a process that a killed runner has left behind is ended, and no other one", async () => {
  const child = spawn("sleep", ["600"], { stdio: "ignore" });
  const exited = once(child, "exit");
  const engine = { pid: child.pid!, startedAt: (await startOf(child.pid!))! };
  // Another process that has its number by now is left alone.
  await endOrphan({ ...engine, startedAt: "Thu Jan  1 00:00:00 1970" });
  expect(await startOf(child.pid!)).toBe(engine.startedAt);
  await endOrphan(engine);
  expect((await exited)[1]).toBe("SIGINT");
  expect(await startOf(child.pid!)).toBeUndefined();
});
