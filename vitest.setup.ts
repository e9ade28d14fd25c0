import { afterAll, vi } from "vitest";
import { closeAll } from "./test/support/at-end.ts";

// What is waited for comes at once on an idle machine; one second, the runner's default, is short on a busy one.
const patience = 30_000;
const { waitFor, waitUntil } = vi;
vi.waitFor = (callback, options = patience) => waitFor(callback, options);
vi.waitUntil = (callback, options = patience) => waitUntil(callback, options);

afterAll(closeAll);
