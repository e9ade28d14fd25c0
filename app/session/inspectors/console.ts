import type { ConsoleMessage } from "playwright-core";
import { finding, shapeOf } from "./finding.ts";
import type { StartInspector } from "./contract.ts";

/** Chromium's own line about a failed request, which is a finding with better evidence already. */
const failedRequest = /^Failed to load resource:/;

/** Chromium's line about an address that the page's content security policy forbids. */
const notConnected = /^Connecting to '([^']*)' violates/;

/** Listens to what pages log as errors, and to exceptions that nobody catches. */
export const consoleErrors: StartInspector = ({ context, report, ownRequests }) => {
  context.on("console", (message) => {
    const text = message.text();
    if (message.type() !== "error" || failedRequest.test(text)) return;
    if (ownRequests.has(notConnected.exec(text)?.[1] ?? "")) return;
    report(
      finding(["logged", shapeOf(text)], {
        kind: "console-error",
        severity: "moderate",
        title: `The page logs an error: ${firstLine(text)}`,
        detail:
          "Users do not see it, but it often means that something did not load or work. Mend its cause.",
        url: urlOf(message),
        evidence: { message: text, target: placeOf(message) },
      }),
    );
  });
  context.on("weberror", (webError) => {
    const { name, message, stack } = webError.error();
    report(
      finding(["uncaught", name, shapeOf(message)], {
        kind: "console-error",
        severity: "serious",
        title: `A script fails: ${name}: ${firstLine(message)}`,
        detail: "Nothing catches this exception: what the script was doing for the user stops there.",
        url: webError.page()?.url() ?? "",
        evidence: { message: stack ?? message },
      }),
    );
  });
  return undefined;
};

const firstLine = (text: string) => text.split("\n")[0] ?? "";

const urlOf = (message: ConsoleMessage) => message.page()?.url() ?? message.location().url;

function placeOf(message: ConsoleMessage): string {
  const { url, lineNumber } = message.location();
  return `${url}:${lineNumber + 1}`;
}
