import type { WriteStream } from "node:tty";
import { colours } from "./colours.ts";
import yoctoSpinner from "yocto-spinner";
import { severities, type Finding, type Severity } from "../contract.ts";
import type { RecordReport, Verdict } from "../session/contract.ts";

const paint: Readonly<Record<Severity, (text: string) => string>> = {
  critical: (text) => colours.bold(colours.red(text)),
  serious: colours.red,
  moderate: colours.yellow,
  minor: colours.dim,
};

export interface Report {
  readonly record: RecordReport;
  readonly findings: readonly Finding[];
  /** Ends the progress indicator. */
  stop(): void;
}

/** Writes each step as it happens; on a terminal with an indicator below, elsewhere plain lines. */
export function liveReport(output: WriteStream): Report {
  const spinner = output.isTTY ? yoctoSpinner({ stream: output, handleSignals: false }) : undefined;
  const findings: Finding[] = [];
  const write = (line: string) => {
    // The indicator's line is cleared before, and drawn anew below.
    spinner?.stop();
    output.write(`${line}\n`);
    spinner?.start();
  };
  spinner?.start("starting a browser");
  return {
    findings,
    stop: () => void spinner?.stop(),
    async record(report) {
      if (report.type === "finding") {
        findings.push(report.finding);
        write(`      ${paint[report.finding.severity](`! ${report.finding.title}`)}`);
        return;
      }
      const time = colours.dim(`${(report.milliseconds / 1_000).toFixed(1)} s`);
      write(`${String(report.step).padStart(4)}  ${report.description}  ${time}`);
      if (report.error !== null) write(`      ${colours.yellow(report.error)}`);
      if (spinner) spinner.text = `step ${report.step + 1}`;
    },
  };
}

/** Keeps findings, writes nothing. */
export function silentReport(): Report {
  const findings: Finding[] = [];
  return {
    findings,
    stop: () => undefined,
    record: async (report) => void (report.type === "finding" && findings.push(report.finding)),
  };
}

/** Findings with their evidence, the gravest first, then how the session ended. */
export function summary(findings: readonly Finding[], { status, reason }: Verdict): string {
  const groups = severities.toReversed().flatMap((severity) => {
    const group = findings.filter((finding) => finding.severity === severity);
    return group.length === 0
      ? []
      : ["", paint[severity](`${severity} (${group.length})`), ...group.map(describe)];
  });
  const mark = status === "passed" ? colours.green("✓ passed") : colours.red(`✗ ${status}`);
  const count = findings.length === 1 ? "1 finding" : `${findings.length} findings`;
  return [...groups, "", `${mark}  ${reason}  ${colours.dim(count)}`, ""].join("\n");
}

function describe({ title, detail, url, evidence }: Finding): string {
  const { selector, html, message, target, status, milliseconds, help } = evidence;
  const lines: readonly (readonly [string, string | number | undefined])[] = [
    ["page", url],
    ["element", selector],
    ["html", html],
    ["message", message],
    ["request", target],
    ["status", status],
    ["time", milliseconds === undefined ? undefined : `${milliseconds} ms`],
    ["see", help],
  ];
  const evidenceLines = lines
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => colours.dim(`    ${name.padEnd(8)} ${oneLine(String(value))}`));
  return [`  ${title}`, `    ${oneLine(detail)}`, ...evidenceLines].join("\n");
}

const oneLine = (text: string) => {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
};
