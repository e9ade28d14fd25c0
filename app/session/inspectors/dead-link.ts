import type { APIRequestContext } from "playwright-core";
import type { Finding } from "../../contract.ts";
import { evaluate } from "../evaluate.ts";
import { finding, pathOf } from "./finding.ts";
import type { StartInspector } from "./contract.ts";

/** Most links that one session checks; and how many at once. */
const limits = { links: 200, atOnce: 6, milliseconds: 5_000, redirects: 3 };

/** Following such a link would do something, or end the session's sign-in. */
const actsOnGet = /log-?out|sign-?out|delete|remove|unsubscribe|cancel/i;

/** Answers that tell of a missing permission or of too many questions, not of a missing page. */
const notDead = new Set([401, 403, 405, 429]);

interface Link {
  readonly href: string;
  readonly text: string;
}

/** Asks for each same-origin link on a new page, once per session. */
export const deadLinks: StartInspector = ({ context, origin, report }) => {
  const checked = new Set<string>();
  return async (page, signal) => {
    const links = await evaluate(page, () =>
      [...document.links].map(({ href, textContent }): Link => ({ href, text: textContent?.trim() ?? "" })),
    );
    const isNew = ({ href, text }: Link) =>
      URL.canParse(href) &&
      new URL(href).origin === origin() &&
      !actsOnGet.test(`${pathOf(href)} ${text}`) &&
      !checked.has(withoutFragment(href));
    const targets = [...new Set(links.filter(isNew).map(({ href }) => withoutFragment(href)))];
    const queue = targets.slice(0, Math.max(0, limits.links - checked.size));
    const check = async () => {
      for (let target = queue.shift(); target !== undefined && !signal.aborted; target = queue.shift()) {
        checked.add(target);
        const problem = await problemOf(context.request, target, origin());
        if (problem) report(deadLink({ page: page.url(), target, ...problem }));
      }
    };
    await Promise.all(Array.from({ length: limits.atOnce }, check));
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
  request: APIRequestContext,
  target: string,
  origin: string,
): Promise<Problem | undefined> {
  try {
    // Some servers answer HEAD wrongly, so that a bad answer is asked for again with GET.
    const head = await statusOf(request, "HEAD", target, origin);
    const status = head < 400 ? head : await statusOf(request, "GET", target, origin);
    return status < 400 || notDead.has(status) ? undefined : { status };
  } catch (error) {
    const message = String(error instanceof Error ? error.message : error);
    // A slow page is no dead one, and a session that ends closes its connections.
    return /Timeout|closed|aborted/i.test(message)
      ? undefined
      : { message: message.split("\n")[0] ?? message };
  }
}

/** Redirects are followed within the origin only: what lies outside is not the session's to ask. */
async function statusOf(
  request: APIRequestContext,
  method: "HEAD" | "GET",
  target: string,
  origin: string,
  left = limits.redirects,
): Promise<number> {
  const response = await request.fetch(target, { method, maxRedirects: 0, timeout: limits.milliseconds });
  const { location } = response.headers();
  const status = response.status();
  await response.dispose();
  const next =
    location === undefined || status < 300 || status >= 400 ? undefined : new URL(location, target);
  if (next === undefined || next.origin !== origin || left === 0) return status;
  return statusOf(request, method, next.href, origin, left - 1);
}

const withoutFragment = (url: string) => url.replace(/#.*$/, "");
