import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import type { IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import { contractOf, type Document } from "./openapi.ts";
import {
  type Behaviour,
  type ContractServer,
  type Reply,
  startContractServer,
  type Trouble,
} from "./server.ts";
import { serve } from "./serving.ts";

export const credentials = { token: "nfp_canary_token_of_netlify" };

const require = createRequire(import.meta.url);
const document = require("@netlify/open-api/dist/swagger.json") as Document;

export interface NetlifySite {
  readonly name: string;
  readonly account_slug: string;
  custom_domain: string;
  /** Id of the deploy that it shows. */
  published: string | undefined;
  /** Whether new deploys wait to be published by hand. */
  isLocked: boolean;
}

export interface NetlifyDeploy {
  readonly site_id: string;
  readonly title: string;
  /** Digests by path. */
  readonly files: Readonly<Record<string, string>>;
  state: string;
}

export interface NetlifyServer extends ContractServer {
  readonly sites: Map<string, NetlifySite>;
  readonly deploys: Map<string, NetlifyDeploy>;
  /** Contents by digest: they are kept from deploy to deploy. */
  readonly contents: Map<string, Buffer>;
  /** What the next deploys end as, in turn. Default: `ready`. */
  readonly endings: string[];
}

const missing: Reply = { status: 404, body: { code: 404, message: "Not Found" } };
const refused = (message: string): Reply => ({ status: 422, body: { code: 422, message } });
const steps = ["uploaded", "processing"];
const digestOf = (content: Buffer): string => createHash("sha1").update(content).digest("hex");

export async function startNetlify(): Promise<NetlifyServer> {
  const state: State = {
    sites: new Map(),
    deploys: new Map(),
    contents: new Map(),
    endings: [],
  };
  const behaviour = { ...siteBehaviour(state), ...deployBehaviour(state) };
  const server = await startContractServer({
    contract: contractOf(document, {
      source: "npm @netlify/open-api 2.60.0, dist/swagger.json",
      readAt: "2026-11-26",
      used: Object.keys(behaviour),
    }),
    behaviour,
    refusal: ({ authorization = "" }) =>
      authorization === `Bearer ${credentials.token}`
        ? undefined
        : { status: 401, body: { code: 401, message: `Access Denied: ${authorization}` } },
    malformed: (message) => ({ status: 400, body: { code: 400, message } }),
  });
  const url = await serve((request) => passOn(server.url, request));
  return { ...server, url, ...state };
}

/** A file's path spans segments, and its content is no JSON: the server behind takes the one encoded, the other as Base64. */
async function passOn(address: string, request: IncomingMessage): Promise<Trouble> {
  const { method = "", url = "", headers } = request;
  const sent = await buffer(request);
  const [, folder, file] = /^(\/api\/v1\/deploys\/[^/]+\/files\/)(.+)$/.exec(url) ?? [];
  const isFile = file !== undefined;
  if (isFile && headers["content-type"] !== "application/octet-stream") return { status: 415 };
  const path = isFile ? `${folder}${encodeURIComponent(decodeURIComponent(file))}` : url;
  const body = isFile ? JSON.stringify(sent.toString("base64")) : sent;
  try {
    const response = await fetch(new URL(path, address), {
      method,
      headers: { authorization: headers.authorization ?? "" },
      ...(body.length > 0 && { body }),
    });
    const answer = await response.text();
    const retryAfter = response.headers.get("retry-after");
    return {
      status: response.status,
      ...(answer !== "" && { body: JSON.parse(answer) as unknown }),
      ...(retryAfter !== null && { headers: { "retry-after": retryAfter } }),
    };
  } catch {
    return "lost";
  }
}

type State = Pick<NetlifyServer, "sites" | "deploys" | "contents" | "endings">;

const shownDeploy = (id: string, { site_id, title, files, state }: NetlifyDeploy, { contents }: State) => ({
  id,
  site_id,
  title,
  state,
  ...(state === "error" && { error_message: "Deploy directory holds no page" }),
  context: "production",
  admin_url: `https://app.netlify.com/projects/${site_id}`,
  deploy_ssl_url: `https://${id}--farm.netlify.app`,
  required: [...new Set(Object.values(files))].filter((digest) => !contents.has(digest)),
});

function siteBehaviour(state: State): Behaviour {
  const { sites, deploys } = state;
  const shown = (id: string) => {
    const { published, isLocked: _, ...site } = sites.get(id)!;
    const host = site.custom_domain || `${site.name}.netlify.app`;
    const shownNow = published === undefined ? undefined : deploys.get(published);
    return {
      ...site,
      id,
      state: "current",
      ssl_url: `https://${host}`,
      admin_url: `https://app.netlify.com/projects/${site.name}`,
      ...(shownNow && { published_deploy: shownDeploy(published!, shownNow, state) }),
    };
  };
  const known = (id: string | undefined, reply: (site: NetlifySite) => Reply): Reply => {
    const found = sites.get(id!);
    return found === undefined ? missing : reply(found);
  };
  return {
    // The filter finds parts of names too.
    "GET /api/v1/{account_slug}/sites": ({ params, query }) => ({
      body: [...sites]
        .filter(([, site]) => site.account_slug === params["account_slug"])
        .filter(([, { name }]) => name.includes(query["name"] ?? ""))
        .map(([id]) => shown(id)),
    }),
    "POST /api/v1/{account_slug}/sites"({ params, body }) {
      const { name, custom_domain = "" } = body as { readonly name: string; readonly custom_domain?: string };
      if ([...sites.values()].some((site) => site.name === name))
        return { status: 422, body: { errors: { subdomain: ["must be unique"] } } };
      const id = `site-${sites.size + 1}`;
      const account_slug = params["account_slug"]!;
      sites.set(id, { name, account_slug, custom_domain, published: undefined, isLocked: false });
      return { status: 201, body: shown(id) };
    },
    "GET /api/v1/sites/{site_id}": ({ params: { site_id } }) =>
      known(site_id, () => ({ body: shown(site_id!) })),
    "PATCH /api/v1/sites/{site_id}": ({ params: { site_id }, body }) =>
      known(site_id, (site) => {
        Object.assign(site, body);
        return { body: shown(site_id!) };
      }),
    "DELETE /api/v1/sites/{site_id}": ({ params: { site_id } }) =>
      sites.delete(site_id!) ? { status: 204 } : missing,
  };
}

function deployBehaviour(state: State): Behaviour {
  const { sites, deploys, contents, endings } = state;
  /** Goes on at each look once it is whole, and is published at the end. */
  function goOn(id: string, deploy: NetlifyDeploy): void {
    if (deploy.state === "uploading") {
      if (Object.values(deploy.files).every((digest) => contents.has(digest))) deploy.state = steps[0]!;
    } else if (steps.includes(deploy.state)) {
      deploy.state = steps[steps.indexOf(deploy.state) + 1] ?? endings.shift() ?? "ready";
      const site = sites.get(deploy.site_id)!;
      if (deploy.state === "ready" && !site.isLocked) site.published = id;
    }
  }
  const known = (id: string | undefined, reply: (deploy: NetlifyDeploy) => Reply): Reply => {
    const found = deploys.get(id!);
    return found === undefined ? missing : reply(found);
  };
  return {
    "POST /api/v1/sites/{site_id}/deploys"({ params, query, body }) {
      if (!sites.has(params["site_id"]!)) return missing;
      const id = `deploy${deploys.size + 1}`;
      const { files } = body as Pick<NetlifyDeploy, "files">;
      const made = { site_id: params["site_id"]!, title: query["title"] ?? "", files, state: "uploading" };
      deploys.set(id, made);
      return { body: shownDeploy(id, made, state) };
    },
    "GET /api/v1/sites/{site_id}/deploys/{deploy_id}": ({ params: { deploy_id } }) =>
      known(deploy_id, (deploy) => {
        const body = shownDeploy(deploy_id!, deploy, state);
        goOn(deploy_id!, deploy);
        return { body };
      }),
    "PUT /api/v1/deploys/{deploy_id}/files/{path}": ({ params: { deploy_id, path }, body }) =>
      known(deploy_id, ({ files }) => {
        const content = Buffer.from(body as string, "base64");
        const digest = digestOf(content);
        if (files[`/${path}`] !== digest) return refused(`${path} is not the file that was announced`);
        contents.set(digest, content);
        return { body: { id: `/${path}`, path: `/${path}`, sha: digest, size: content.length } };
      }),
    "DELETE /api/v1/sites/{site_id}/deploys/{deploy_id}": ({ params: { deploy_id } }) =>
      known(deploy_id, ({ site_id }) => {
        deploys.delete(deploy_id!);
        const site = sites.get(site_id);
        if (site?.published === deploy_id) site!.published = undefined;
        return { status: 204 };
      }),
  };
}
