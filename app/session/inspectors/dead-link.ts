import { setTimeout as sleep } from "node:timers/promises";
import type { CDPSession } from "playwright-core";
import type { Finding } from "../../contract.ts";
import { evaluate } from "../evaluate.ts";
import { finding, pathOf } from "./finding.ts";
import { stopped, type StartInspector } from "./contract.ts";

/** Most links that one session checks; and how many at once. */
const limits = { links: 200, atOnce: 6, milliseconds: 5_000 };

/** Following such a link would do something, or end the session's sign-in. */
const actsOnGet = /log-?out|sign-?out|delete|remove|unsubscribe|cancel/i;

/** Answers that tell of a missing permission or of too many questions, not of a missing page. */
const notDead = new Set([401, 403, 405, 429]);

interface Link {
  readonly href: string;
  readonly text: string;
}

/**
 * Asks for each same-origin link on a new page, once per session. It is the browser that asks, by its own way out, as
 * if the user had followed the link; a page whose content security policy forbids that keeps its links unchecked.
 */
export const deadLinks: StartInspector = ({ context, origin, report, ownRequests }) => {
  return async (page, signal) => {
    const links = await evaluate(page, () =>
      [...document.links].map(({ href, textContent }): Link => ({ href, text: textContent?.trim() ?? "" })),
    );
    const isNew = ({ href, text }: Link) =>
      URL.canParse(href) &&
      new URL(href).origin === origin() &&
      !actsOnGet.test(`${pathOf(href)} ${text}`) &&
      !ownRequests.has(withoutFragment(href));
    const targets = [...new Set(links.filter(isNew).map(({ href }) => withoutFragment(href)))];
    const queue = targets.slice(0, Math.max(0, limits.links - ownRequests.size));
    if (queue.length === 0) return;
    const devTools = await context.newCDPSession(page);
    const { frameTree } = await devTools.send("Page.getFrameTree");
    const check = async () => {
      for (let target = queue.shift(); target !== undefined && !signal.aborted; target = queue.shift()) {
        ownRequests.add(target);
        const problem = await problemOf(devTools, frameTree.frame.id, target);
        if (problem) report(deadLink({ page: page.url(), target, ...problem }));
      }
    };
    try {
      await Promise.all(Array.from({ length: limits.atOnce }, check));
    } finally {
      await devTools.detach();
    }
  };
};

/** A link that leads nowhere. */
export function deadLink(seen: {
  readonly page: string;
  readonly target: string;
  readonly status?: number;
  readonly message?: string;
}): Finding {
  const { page, target, ...outcome } = seen;
  const answer = outcome.status === undefined ? "no answer" : `status ${outcome.status}`;
  return finding([pathOf(target)], {
    kind: "dead-link",
    severity: "serious",
    title: `A link leads nowhere: ${pathOf(target)} gets ${answer}`,
    detail: "Users who follow it end at an error. Mend the address, or the page behind it.",
    url: page,
    evidence: { target, ...outcome },
  });
}

type Problem = { readonly status: number } | { readonly message: string };

async function problemOf(
  devTools: CDPSession,
  frameId: string,
  target: string,
): Promise<Problem | undefined> {
  const late = new AbortController();
  try {
    const answer = await Promise.race([
      devTools.send("Network.loadNetworkResource", {
        frameId,
        url: target,
        options: { disableCache: true, includeCredentials: true },
      }),
      sleep(limits.milliseconds, undefined, { signal: late.signal }),
    ]);
    // A slow page is no dead one.
    if (answer === undefined) return undefined;
    const { httpStatusCode: status, netErrorName, stream } = answer.resource;
    if (stream !== undefined) await devTools.send("IO.close", { handle: stream });
    const message = netErrorName ?? "no answer";
    if (status === undefined) return stopped.has(message) ? undefined : { message };
    return status < 400 || notDead.has(status) ? undefined : { status };
  } catch (error) {
    if (/CSP violation|closed/.test(String(error))) return undefined;
    throw error;
  } finally {
    late.abort();
  }
}

const withoutFragment = (url: string) => url.replace(/#.*$/, "");
