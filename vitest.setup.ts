import { afterAll, expect, vi } from "vitest";
import { closeAll } from "./test/support/at-end.ts";

// What is waited for comes at once on an idle machine; one second, the runner's default, is short on a busy one.
const patience = 30_000;
const { waitFor, waitUntil } = vi;
vi.waitFor = (callback, options = patience) => waitFor(callback, options);
vi.waitUntil = (callback, options = patience) => waitUntil(callback, options);

/** `Secret` of testfarm/testing, without its module, which few suites need: what it holds is private, and would not count. */
const isSecret = (value: unknown): value is { reveal(): unknown } =>
  value?.constructor.name === "Secret" && "reveal" in (value as object);
expect.addEqualityTesters([
  function equalSecrets(a, b, testers) {
    if (!isSecret(a) || !isSecret(b)) return undefined;
    return this.equals(a.reveal(), b.reveal(), testers);
  },
]);

// A cluster of several nodes has gigabytes to remove.
afterAll(closeAll, 5 * 60_000);
