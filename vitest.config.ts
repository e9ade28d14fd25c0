import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    setupFiles: ["./vitest.setup.ts"],
    reporters: ["default", "./test/support/reporter.ts"],
    // Pulumi's runtime is global to a process, and suites start servers: one process a file.
    pool: "forks",
    // Suites wait for browsers, servers and containers more than they compute.
    maxWorkers: availableParallelism() + 1,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
