import { createHash } from "node:crypto";
import { digestForm } from "./lock.ts";

/** Manifests that name one for each platform; of these alone a digest is good for every machine. */
const indexTypes = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
];
const dockerHub = "https://registry-1.docker.io";
const patience = 30_000;

export interface Repository {
  /** Origin of the registry's API. */
  readonly registry: string;
  readonly name: string;
  readonly tag: string;
}

/** `caddy:2` is `library/caddy` at Docker Hub; a first part with a dot or a port is a registry's host. */
export function repositoryOf(image: string, hub = dockerHub): Repository {
  const [, path = "", tag = "latest"] = /^(.+?)(?::([^:/]+))?$/.exec(image) ?? [];
  const [first = "", ...rest] = path.split("/");
  if (rest.length > 0 && /[.:]|^localhost$/.test(first) && first !== "docker.io")
    return { registry: `https://${first}`, name: rest.join("/"), tag };
  const name = first === "docker.io" ? rest.join("/") : path;
  return { registry: hub, name: name.includes("/") ? name : `library/${name}`, tag };
}

/**
 * Asks a registry for the digest that a tag has now: https://github.com/opencontainers/distribution-spec. Anonymously;
 * Docker Hub gives everybody a token to read with.
 *
 * @throws when the registry cannot be asked, does not have the image, or has it for one platform only.
 */
export async function digestOf({ registry, name, tag }: Repository): Promise<string> {
  const url = `${registry}/v2/${name}/manifests/${tag}`;
  const ask = (method: "HEAD" | "GET", token?: string) =>
    answer(url, {
      method,
      headers: {
        accept: indexTypes.join(", "),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
    });
  let token: string | undefined;
  let response = await ask("HEAD");
  if (response.status === 401) {
    token = await tokenFor(response);
    response = await ask("HEAD", token);
  }
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  const type = response.headers.get("content-type")?.split(";")[0];
  if (type === undefined || !indexTypes.includes(type))
    throw new Error(`${url} is ${type ?? "of no type"}: an image for one platform; name one for several`);
  const told = response.headers.get("docker-content-digest");
  // The header is a SHOULD. The digest is that of the manifest's bytes.
  const digest = told ?? hashOf(await (await ask("GET", token)).arrayBuffer());
  if (!digestForm.test(digest)) throw new Error(`${url} has the digest ${digest}, which is not sha256`);
  return digest;
}

/** The token endpoint that a refusal names: https://distribution.github.io/distribution/spec/auth/token/ */
async function tokenFor(refusal: Response): Promise<string> {
  const challenge = refusal.headers.get("www-authenticate") ?? "";
  const { realm, ...query } = Object.fromEntries(
    [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = "", value = ""]) => [key, value]),
  );
  if (!/^bearer /i.test(challenge) || realm === undefined)
    throw new Error(`${refusal.url} gives nobody a token; it answered 401 with: ${challenge || "nothing"}`);
  const response = await answer(`${realm}?${new URLSearchParams(query)}`, {});
  if (!response.ok) throw new Error(`${realm} answered ${response.status}`);
  const { token, access_token = token } = (await response.json()) as {
    token?: string;
    access_token?: string;
  };
  if (access_token === undefined) throw new Error(`${realm} answered without a token`);
  return access_token;
}

async function answer(url: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...request, signal: AbortSignal.timeout(patience) });
  } catch (error) {
    const { cause = error } = error as Error;
    throw new Error(`${new URL(url).host} cannot be reached: ${(cause as Error).message}`, { cause: error });
  }
}

const hashOf = (manifest: ArrayBuffer): string =>
  `sha256:${createHash("sha256").update(Buffer.from(manifest)).digest("hex")}`;
