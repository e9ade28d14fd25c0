import type { Request } from "playwright-core";
import type { Severity } from "../../contract.ts";
import { deadLink } from "./dead-link.ts";
import { endpointOf, finding, pathOf } from "./finding.ts";
import { slowAfter, stopped, type StartInspector } from "./contract.ts";

/** Listens for answers with a status of 400 or more, and for requests without an answer. */
export const failedRequests: StartInspector = ({ context, origin, report }) => {
  const severityOf = (request: Request, status: number | undefined): Severity => {
    if (new URL(request.url()).origin !== origin()) return "minor";
    return status === undefined || status >= 500 ? "serious" : "moderate";
  };
  const failed = (request: Request, outcome: { readonly status?: number; readonly message?: string }) => {
    const answer = outcome.status === undefined ? "no answer" : `status ${outcome.status}`;
    report(
      finding([request.method(), endpointOf(request.url(), pageOf(request)), outcome.status ?? "none"], {
        kind: "failed-request",
        severity: severityOf(request, outcome.status),
        title: `${request.method()} ${pathOf(request.url())} gets ${answer}`,
        detail: "The page asks for this and does not get it: a part of it is missing or does not work.",
        url: pageOf(request),
        evidence: { target: request.url(), ...outcome },
      }),
    );
  };
  context.on("response", (response) => {
    const request = response.request();
    const status = response.status();
    if (status < 400) return;
    if (!request.isNavigationRequest()) failed(request, { status });
    else if (request.method() === "GET")
      report(deadLink({ page: pageOf(request), target: request.url(), status }));
    // A form that is answered with 4xx was filled in wrongly: that is how forms say so.
    else if (status >= 500) failed(request, { status });
  });
  context.on("requestfailed", (request) => {
    const message = request.failure()?.errorText ?? "failed";
    if (!stopped.has(message)) failed(request, { message });
  });
  return undefined;
};

const watched = new Set(["document", "xhr", "fetch"]);

/** Listens for documents and data that take more than 2 s to begin to arrive. */
export const slowResponses: StartInspector = ({ context, report }) => {
  context.on("requestfinished", (request) => {
    const milliseconds = Math.round(request.timing().responseStart);
    if (!watched.has(request.resourceType()) || milliseconds <= slowAfter) return;
    report(
      finding([request.method(), endpointOf(request.url(), pageOf(request))], {
        kind: "slow-response",
        severity: milliseconds > 2 * slowAfter ? "serious" : "moderate",
        title: `${pathOf(request.url())} takes ${(milliseconds / 1_000).toFixed(1)} s to answer`,
        detail: `Users wait for it and wonder whether anything happens; ${slowAfter / 1_000} s is the limit here.`,
        url: pageOf(request),
        evidence: { target: request.url(), milliseconds },
      }),
    );
  });
  return undefined;
};

/** The page that asked. For a navigation, which Playwright may know no frame for yet, the page that it asks for. */
function pageOf(request: Request): string {
  if (request.isNavigationRequest()) return request.headers()["referer"] ?? request.url();
  return request.serviceWorker()?.url() ?? request.frame().url();
}
