import { get } from "node:https";
import type { TLSSocket } from "node:tls";
import { text } from "node:stream/consumers";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";

/** Milliseconds. */
const patience = 15_000;

/**
 * Opens the page and asks the API behind it, from this machine, as a user's browser does.
 *
 * @param authority certificate of the only authority that may vouch for it, PEM. Default: those that everybody knows.
 * @returns what was found, in words.
 * @throws saying what does not answer, and how.
 */
export async function checkPage(
  { FRONTEND_URL, API_BASE_URL }: Readonly<Record<"FRONTEND_URL" | "API_BASE_URL", string>>,
  authority: string | undefined,
): Promise<string> {
  const page = await ask(FRONTEND_URL, authority);
  if (page.status !== 200 || !page.body.includes("<html"))
    throw new Error(`${FRONTEND_URL} is answered with ${page.status} and no page`);
  const setup = `${API_BASE_URL}/setup`;
  const api = await ask(setup, authority);
  if (api.status !== 200 || !api.body.includes("needsOwner"))
    throw new Error(`${setup} is answered with ${api.status}, and not by the API`);
  const owner = api.body.includes("true") ? "; it has no owner yet (OWNER_BOOTSTRAP_TOKEN makes one)" : "";
  return `${FRONTEND_URL} answers, with a certificate until ${page.validTo}${owner}`;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly validTo: string;
}

async function ask(url: string, authority: string | undefined): Promise<Answer> {
  if (!url.startsWith("https:")) throw new Error(`${url} is not served over TLS`);
  const signal = AbortSignal.timeout(patience);
  try {
    const request = get(url, { ...(authority !== undefined && { ca: authority }), agent: false, signal });
    const [response] = (await once(request, "response")) as [IncomingMessage];
    const { valid_to: validTo } = (response.socket as TLSSocket).getPeerCertificate();
    return { status: response.statusCode ?? 0, body: await text(response), validTo };
  } catch (cause) {
    const reason = signal.aborted ? `no answer within ${patience / 1_000} s` : (cause as Error).message;
    throw new Error(`${url} cannot be opened: ${reason}`, { cause });
  }
}
