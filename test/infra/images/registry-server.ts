/** A registry as the distribution specification and Docker Hub's tokens describe one, on this machine. */
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export const indexType = "application/vnd.oci.image.index.v1+json";

export interface Manifest {
  readonly body: string;
  /** Default: an index. */
  readonly type?: string;
  /** Whether its digest is not told in a header, which the specification leaves open. */
  readonly untold?: true;
}

export const digest = ({ body }: Manifest): string =>
  `sha256:${createHash("sha256").update(body).digest("hex")}`;

export interface Registry {
  readonly address: string;
  /** Method and path of each request. */
  readonly requests: readonly string[];
  readonly close: () => void;
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify({ errors: [{ code }] }));
}

/**
 * @param manifests by `<name>:<tag>`, as in `library/caddy:2`.
 * @param options.token name of the token's field; `none`: it asks everybody to sign in by password.
 */
export async function openRegistry(
  manifests: Readonly<Record<string, Manifest>>,
  { token: field = "token" }: { readonly token?: "token" | "access_token" | "none" } = {},
): Promise<Registry> {
  const scopes = new Map<string, string>();
  const requests: string[] = [];
  const service = "registry.test";

  const giveToken = (query: URLSearchParams, response: ServerResponse): void => {
    const scope = query.get("scope") ?? "";
    if (query.get("service") !== service || !/^repository:[a-z/]+:pull$/.test(scope))
      return refuse(response, 400, "UNSUPPORTED");
    const token = randomBytes(8).toString("hex");
    scopes.set(token, scope);
    response.setHeader("content-type", "application/json").end(JSON.stringify({ [field]: token }));
  };

  const giveManifest = (
    name: string,
    tag: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): void => {
    const scope = `repository:${name}:pull`;
    const [, token = ""] = /^Bearer (.+)$/.exec(request.headers.authorization ?? "") ?? [];
    if (scopes.get(token) !== scope) {
      const bearer = `Bearer realm="${address}/token",service="${service}",scope="${scope}"`;
      response.setHeader("www-authenticate", field === "none" ? 'Basic realm="registry"' : bearer);
      return refuse(response, 401, "UNAUTHORIZED");
    }
    const manifest = manifests[`${name}:${tag}`];
    const { type = indexType } = manifest ?? {};
    const accepts = (request.headers.accept ?? "").split(/,\s*/);
    // A registry has other manifests for those who do not know an index.
    if (manifest === undefined || (type === indexType && !accepts.includes(indexType)))
      return refuse(response, 404, "MANIFEST_UNKNOWN");
    response.writeHead(200, {
      "content-type": type,
      "content-length": Buffer.byteLength(manifest.body),
      ...(manifest.untold !== true && { "docker-content-digest": digest(manifest) }),
    });
    response.end(request.method === "HEAD" ? undefined : manifest.body);
  };

  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", address);
    requests.push(`${request.method} ${pathname}`);
    const [, name, tag] = /^\/v2\/(.+)\/manifests\/(.+)$/.exec(pathname) ?? [];
    if (pathname === "/token" && request.method === "GET") giveToken(searchParams, response);
    else if (name !== undefined && tag !== undefined) giveManifest(name, tag, request, response);
    else refuse(response, 404, "NOT_FOUND");
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { address, requests, close: () => void server.close() };
}
