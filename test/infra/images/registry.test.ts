import { afterEach, expect, test } from "vitest";
import { digestOf, repositoryOf } from "../../../infra/images/registry.ts";
import { digest, type Manifest, openRegistry, type Registry } from "./registry-server.ts";

const index: Manifest = { body: '{"schemaVersion":2,"manifests":[{},{}]}' };
let registry: Registry | undefined;
afterEach(() => registry?.close());

async function ask(
  manifests: Readonly<Record<string, Manifest>>,
  options?: Parameters<typeof openRegistry>[1],
): Promise<string> {
  registry = await openRegistry(manifests, options);
  return digestOf(repositoryOf("caddy:2", registry.address));
}

test("an image's digest is that of the index of all its platforms, read with a token for everybody", async () => {
  expect(await ask({ "library/caddy:2": index })).toBe(digest(index));
  const manifest = "HEAD /v2/library/caddy/manifests/2";
  expect(registry?.requests).toEqual([manifest, "GET /token", manifest]);
});

test("a token may be called access_token", async () => {
  expect(await ask({ "library/caddy:2": index }, { token: "access_token" })).toBe(digest(index));
});

test("a digest that no header tells is made of the manifest", async () => {
  expect(await ask({ "library/caddy:2": { ...index, untold: true } })).toBe(digest(index));
});

test("an image for one platform is refused: its digest would keep all other machines out", async () => {
  const type = "application/vnd.oci.image.manifest.v1+json";
  await expect(ask({ "library/caddy:2": { ...index, type } })).rejects.toThrow(
    /manifests\/2 is application\/vnd\.oci\.image\.manifest\.v1\+json: an image for one platform/,
  );
});

test("a tag that is not there is an error with the place and the answer", async () => {
  await expect(ask({})).rejects.toThrow(/\/v2\/library\/caddy\/manifests\/2 answered 404$/);
});

test("a registry that wants a password is named with what it asked for", async () => {
  await expect(ask({}, { token: "none" })).rejects.toThrow(/gives nobody a token.*Basic realm="registry"/);
});

test("a registry that is not there is named", async () => {
  const closed = await openRegistry({});
  closed.close();
  const { host } = new URL(closed.address);
  await expect(digestOf(repositoryOf("caddy:2", closed.address))).rejects.toThrow(
    `${host} cannot be reached:`,
  );
});

const hub = "https://registry-1.docker.io";
test.each([
  ["caddy:2.11.9-alpine", hub, "library/caddy", "2.11.9-alpine"],
  ["org/app", hub, "org/app", "latest"],
  ["docker.io/org/app:1", hub, "org/app", "1"],
  ["ghcr.io/org/team/app:1", "https://ghcr.io", "org/team/app", "1"],
  ["registry.test:5000/app", "https://registry.test:5000", "app", "latest"],
])("%s is at %s, as %s with tag %s", (image, registryOf, name, tag) => {
  expect(repositoryOf(image)).toEqual({ registry: registryOf, name, tag });
});
