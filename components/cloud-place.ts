import type { CloudPlace } from "../infra/contracts/kubernetes.ts";

/** `once` of a stack's place at its cloud. */
export function shared(): CloudPlace["once"] {
  const made = new Map<string, unknown>();
  return function once<T>(name: string, make: () => T): T {
    if (!made.has(name)) made.set(name, make());
    return made.get(name) as T;
  };
}
