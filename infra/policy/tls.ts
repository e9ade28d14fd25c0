import { Secret } from "../plan/record.ts";
import type { Rule } from "./rule.ts";
import { containersOf, listOf } from "./values.ts";

/** Nearest: checkov CKV_AWS_2, CKV_AWS_103, trivy AWS-0054 (a load balancer's plain listener). */
export const plainHttp: Rule = {
  says: "The proxy serves pages over TLS only; without it there are but the redirect and the health check.",
  severity: "error",
  check: (recording) =>
    containersOf(recording).flatMap((resource) =>
      listOf(resource.inputs["uploads"]).flatMap(({ file, content: value }) => {
        const content = value instanceof Secret ? value.reveal() : value;
        if (typeof file !== "string" || !file.endsWith("/Caddyfile") || typeof content !== "string")
          return [];
        return plainSites(content).map((site) => ({
          resource,
          message: `serves ${site} without TLS; write the site as https://<name>, to which Caddy redirects by itself`,
        }));
      }),
    ),
};

/** What a Caddyfile serves in clear: https://caddyserver.com/docs/caddyfile/concepts#addresses */
function plainSites(caddyfile: string): string[] {
  return [...topLevelBlocks(caddyfile)].flatMap(({ head, body }) => {
    if (head === "") return /^\s*auto_https\s+(off|disable_certs)\b/m.test(body) ? ["every site"] : [];
    if (head.startsWith("(") || /^\s*redir\s+https:\/\/\S+(\s+\w+)?\s*$/.test(body)) return [];
    return head.split(/[\s,]+/).filter((address) => isPlain(address, body));
  });
}

function isPlain(address: string, body: string): boolean {
  if (/^http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(\/|$)/.test(address)) return false;
  if (address.startsWith("http://") || address.endsWith(":80")) return true;
  return /^:\d+$/.test(address) && address !== ":443" && !/^\s*tls\b/m.test(body);
}

/** Blocks at the file's outermost level; the one with global options has no head. */
function* topLevelBlocks(caddyfile: string): Generator<{ head: string; body: string }> {
  let depth = 0;
  let head = "";
  let body: string[] = [];
  for (const line of caddyfile.split("\n").map((each) => each.replace(/(^|\s)#.*$/, "").trimEnd())) {
    const opens = /(^|\s)\{$/.test(line);
    const closes = line.trim() === "}";
    if (depth === 0 && opens) head = line.slice(0, -1).trim();
    else if (!(depth === 1 && closes)) body.push(line);
    depth += opens ? 1 : closes ? -1 : 0;
    if (depth === 0 && closes) {
      yield { head, body: body.join("\n") };
      body = [];
    }
  }
}
