import type { Reporter, TestCase, TestModule, TestRunEndReason } from "vitest/node";
import { missing } from "./services.ts";

/** What `npm test` leaves out, since it takes longer than all the rest. */
const elsewhere = [
  "npm run test:kubernetes: a real Kubernetes with pods, built from its Go modules",
  "npm run test:promotion: a promotion and an import that are killed everywhere, and servers that go away under them",
  "npm run test:matrix: tier paas with the companies in every combination, tier kubernetes at every cloud",
];

/** Ends a run by naming the suites that could not run here, then with the line `N passed, N failed`. */
export default class ClosingReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[], _reason: TestRunEndReason): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const failedToLoad = modules.filter((module) => module.errors().length > 0);
    const passed = tests.filter((each) => each.result().state === "passed").length;
    const failed = tests.filter((each) => each.result().state === "failed").length;
    const lines = tests.flatMap((each) => notRun(each));
    if (lines.length > 0) console.log(["", "Did not run:", ...lines].join("\n"));
    if (process.argv.slice(2).join(" ") === "run")
      console.log(["", "Has a command of its own:", ...elsewhere.map((each) => `- ${each}`)].join("\n"));
    console.log(`\n${passed} passed, ${failed + failedToLoad.length + errors.length} failed`);
  }
}

function notRun(test: TestCase): string[] {
  const result = test.result();
  if (result.state !== "skipped" || !result.note?.startsWith(missing)) return [];
  return [`- ${test.fullName} (${test.module.relativeModuleId}): ${result.note.slice(missing.length)}`];
}
