import { randomUUID } from "node:crypto";
import { chooseAgent } from "../agent/index.ts";
import { localBrowsers } from "../browser/local.ts";
import { severities, type Finding, type Severity } from "../contract.ts";
import { serveDemoSite } from "../demo-site/serve.ts";
import { ownSiteAccess } from "../egress/own-site.ts";
import { readEnv } from "../env.ts";
import type { Verdict } from "../session/contract.ts";
import { runSession } from "../session/run.ts";
import { exitCodes, type SessionArguments } from "./arguments.ts";
import { liveReport, silentReport, summary } from "./terminal.ts";

const maxMilliseconds = 30 * 60_000;
/** As much as a worker's session may use a step. */
const tokensPerStep = 12_000;

/** Runs the session that the arguments describe, shows it, and tells the exit code. */
export async function runInTerminal(options: SessionArguments): Promise<number> {
  const env = readEnv("all");
  const createAgent = chooseAgent(env);
  const demo = options.url === "demo" ? await serveDemoSite({ port: 0 }) : undefined;
  const report = options.json ? silentReport() : liveReport(process.stdout);
  const stopped = stopOnSignal();
  try {
    const persona = {
      id: randomUUID(),
      name: "Terminal",
      description: "A first-time visitor.",
      device: options.device,
    };
    const task = { url: demo?.url ?? options.url, objective: options.objective, persona };
    const verdict = await runSession({
      task,
      agent: createAgent(task),
      browsers: localBrowsers({
        executablePath: env.PLAYWRIGHT_CHROMIUM_EXECUTABLE_PATH,
        warn: console.error,
        accessFor: ownSiteAccess,
      }),
      budget: {
        maxSteps: options["max-steps"],
        maxMilliseconds,
        maxTokens: tokensPerStep * options["max-steps"],
      },
      record: report.record,
      signal: stopped,
    });
    report.stop();
    const { findings } = report;
    console.log(
      options.json ? JSON.stringify({ ...task, verdict, findings }, null, 2) : summary(findings, verdict),
    );
    return stopped.aborted ? exitCodes.stopped : exitCodeOf(verdict, findings, options["fail-on"]);
  } finally {
    report.stop();
    await demo?.close();
  }
}

/** The first signal ends the session, a second one the process; the browser goes with either. */
function stopOnSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(exitCodes.stopped);
      stop.abort();
    });
  }
  return stop.signal;
}

const rank = (severity: Severity) => severities.indexOf(severity);

function exitCodeOf({ status }: Verdict, findings: readonly Finding[], failOn: Severity | undefined): number {
  if (failOn !== undefined && findings.some(({ severity }) => rank(severity) >= rank(failOn)))
    return exitCodes.finding;
  return status === "passed" ? exitCodes.fine : exitCodes.failed;
}
