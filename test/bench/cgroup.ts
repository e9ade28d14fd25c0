import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { atEnd } from "../support/at-end.ts";

export interface ControlGroup {
  /** Begins a shell command whose process, and all that it starts, belongs to the group. */
  readonly enter: string;
  /** Most bytes that it used at any moment. */
  peak(): number;
  /** Processes that were killed because the limit was reached. */
  kills(): number;
}

/** A control group with a limit on memory, of either version; it goes at the end. @throws where this user may not. */
export function controlGroup(bytes: number): ControlGroup {
  const isFirst = existsSync("/sys/fs/cgroup/memory/memory.limit_in_bytes");
  const parent = isFirst ? "/sys/fs/cgroup/memory" : "/sys/fs/cgroup";
  const directory = join(parent, `testfarm-bench-${process.pid}`);
  const files = isFirst
    ? { limit: "memory.limit_in_bytes", peak: "memory.max_usage_in_bytes", events: "memory.oom_control" }
    : { limit: "memory.max", peak: "memory.peak", events: "memory.events" };
  if (!isFirst) writeFileSync(join(parent, "cgroup.subtree_control"), "+memory");
  mkdirSync(directory);
  atEnd(() => rmdirSync(directory));
  writeFileSync(join(directory, files.limit), String(bytes));
  const read = (file: string) => readFileSync(join(directory, file), "utf8");
  return {
    enter: `echo $$ > ${directory}/cgroup.procs && `,
    peak: () => Number(read(files.peak)),
    kills: () => Number(/^oom_kill (\d+)/m.exec(read(files.events))?.[1]),
  };
}
