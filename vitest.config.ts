import { availableParallelism } from "node:os";
import { configDefaults, defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: [
      ...configDefaults.exclude,
      // They stand on programs that take a quarter of an hour to build: `npm run test:kubernetes`.
      ...(process.env["TESTFARM_KUBERNETES"] === undefined ? ["test/kubernetes/**"] : []),
      // They kill something at every place where it could be, or make two stacks: `npm run test:promotion`.
      ...(process.env["TESTFARM_PROMOTION"] === undefined
        ? [
            "test/infra/promotion/**/{kill,killed,faults,spoilt}.test.ts",
            "test/engine/{promotion,embedded-promotion,drill,retire}.test.ts",
          ]
        : []),
    ],
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
