import { createHash } from "node:crypto";
import type { Finding } from "../../contract.ts";

const evidenceLength = 500;

type Parts = readonly (string | number)[];

/** A finding with its fingerprint, made of `identity`: what is equal when the same problem is seen again. */
export function finding(identity: Parts, content: Omit<Finding, "fingerprint">): Finding {
  const { html, message } = content.evidence;
  return {
    ...content,
    fingerprint: createHash("sha256")
      .update(JSON.stringify([content.kind, ...identity]))
      .digest("hex")
      .slice(0, 16),
    title: cut(content.title, 200),
    evidence: {
      ...content.evidence,
      ...(html !== undefined && { html: cut(html, evidenceLength) }),
      ...(message !== undefined && { message: cut(message, evidenceLength) }),
    },
  };
}

const cut = (text: string, length: number) =>
  text.length <= length ? text : `${text.slice(0, length - 1)}…`;

/** A text or selector without what differs between its repetitions: positions, ids and times. */
export const shapeOf = (text: string) =>
  text.replaceAll(/:nth-(child|of-type)\(\d+\)/g, "").replaceAll(/\d+/g, "0");

/** An address without its origin, query and fragment, as a person would say it. */
export const pathOf = (url: string) => (URL.canParse(url) ? new URL(url).pathname : url);

/** The path of a request without what names the thing that its page is about: `/api/reviews/*` on `/products/mug`. */
export function endpointOf(request: string, page: string): string {
  const subjects = new Set(pathOf(page).split("/").slice(2).filter(Boolean));
  return shapeOf(
    pathOf(request)
      .split("/")
      .map((part) => (subjects.has(part) ? "*" : part))
      .join("/"),
  );
}

/** The opening tag of an element's HTML. */
export const openingTag = (html: string) => /^<[^>]*>/.exec(html)?.[0] ?? html;
