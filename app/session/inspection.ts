import { setTimeout as sleep } from "node:timers/promises";
import type { BrowserContext, Page } from "playwright-core";
import type { Finding } from "../contract.ts";
import { isUnloaded } from "../unloaded.ts";
import { evaluate } from "./evaluate.ts";
import type { InspectPage } from "./inspectors/contract.ts";
import { inspectors } from "./inspectors/index.ts";
import { pathOf } from "./inspectors/finding.ts";

const limits = {
  /** For one inspector on one page. */
  milliseconds: 8_000,
  /** States of one path that are looked at: a page that changes its structure at each visit would cost the budget. */
  statesOfPath: 5,
};

/** What the inspectors find in one session, each problem once. */
export interface Inspection {
  /** Lets the inspectors look at the page, unless they have seen it in this state. */
  visit(page: Page, signal: AbortSignal): Promise<void>;
  /** Findings since the last call. */
  take(): Finding[];
}

/** @param warn hears of an inspector that failed on a page; the session goes on without what it would have found. */
export function startInspection(
  context: BrowserContext,
  origin: () => string,
  warn: (message: string) => void,
): Inspection {
  const known = new Set<string>();
  const found: Finding[] = [];
  const report = (finding: Finding) => {
    if (known.has(finding.fingerprint)) return;
    known.add(finding.fingerprint);
    found.push(finding);
  };
  const ownRequests = new Set<string>();
  const looks = inspectors
    .map((start) => start({ context, origin, ownRequests, report }))
    .filter((look): look is InspectPage => look !== undefined);
  const seen = new Map<string, Set<string>>();
  // An error page is a finding itself, and nobody's to make accessible.
  const broken = new Set<string>();
  context.on("response", (response) => {
    if (!response.request().isNavigationRequest()) return;
    if (response.status() < 400) broken.delete(response.url());
    else broken.add(response.url());
  });

  return {
    async visit(page, signal) {
      // The browser's own page says that there is none.
      if (broken.has(page.url()) || isUnloaded(page.url())) return;
      const path = pathOf(page.url());
      const states = seen.get(path) ?? new Set();
      const missed = (error: unknown) => {
        if (!hasMovedOn(error) && !signal.aborted)
          warn(`An inspector failed on ${page.url()}: ${String(error)}`);
        return undefined;
      };
      const state = await structureOf(page).catch(missed);
      if (state === undefined || states.has(state) || states.size >= limits.statesOfPath) return;
      for (const look of looks) await bounded(look, page, signal).catch(missed);
      seen.set(path, states.add(state));
    },
    take: () => found.splice(0),
  };
}

async function bounded(look: InspectPage, page: Page, signal: AbortSignal): Promise<void> {
  const own = new AbortController();
  const limit = AbortSignal.any([signal, own.signal]);
  const looking = look(page, limit);
  // One that was given up may still fail.
  looking.catch(() => undefined);
  try {
    await Promise.race([looking, sleep(limits.milliseconds, undefined, { signal: limit })]);
  } finally {
    own.abort();
  }
}

/** A page that moves on under an inspector is looked at where it arrives. */
const hasMovedOn = (error: unknown) =>
  /context was destroyed|has been closed|detached|navigat/i.test(String(error));

/** What a page is made of, whatever its texts: the kinds of elements on it, with their classes and roles. */
const structureOf = (page: Page): Promise<string> =>
  evaluate(page, () => {
    const kinds = [...document.querySelectorAll("*")].map((element) =>
      [element.localName, element.getAttribute("class"), element.getAttribute("role")].join("."),
    );
    return [...new Set(kinds)].toSorted().join("\n");
  });
