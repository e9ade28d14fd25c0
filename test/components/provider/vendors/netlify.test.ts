import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { digestOf } from "../../../../components/provider/vendors/netlify/page.ts";
import { atEnd } from "../../../support/at-end.ts";
import { credentials, type NetlifyServer, startNetlify } from "../../../support/contracts/netlify.ts";
import { testVendorKind } from "../../../support/vendor-conformance.ts";
import { openVendorClient } from "../../../support/vendor-client.ts";
import { partialFailure, ProviderClient } from "../client.ts";

const account = { vendor: "netlify", credentials } as const;
/** Neither text nor JSON. */
const picture = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff, 0x00]);

function builtPage(script = "page()"): string {
  const directory = mkdtempSync(join(tmpdir(), "testfarm-page-"));
  atEnd(() => rmSync(directory, { recursive: true }));
  mkdirSync(join(directory, "assets"));
  writeFileSync(join(directory, "index.html"), "<!doctype html><script src=/assets/index.js></script>");
  writeFileSync(join(directory, "assets", "index.js"), script);
  writeFileSync(join(directory, "assets", "a mug.png"), picture);
  return directory;
}

const directory = builtPage();
const inputs = {
  siteId: "site-1",
  directory,
  digest: digestOf(directory),
  apiUrl: "https://api.farm.test",
  headers: { "X-Content-Type-Options": "nosniff" },
};

async function startWithSite(): Promise<NetlifyServer> {
  const server = await startNetlify();
  server.sites.set("site-1", {
    name: "testfarm-validation",
    account_slug: "farm",
    custom_domain: "",
    published: undefined,
    isLocked: false,
  });
  return server;
}

testVendorKind({
  ...account,
  kind: "Site",
  secrets: [],
  start: startNetlify,
  inputs: { name: "testfarm-validation", accountSlug: "farm", customDomain: "app.farm.test" },
  outputs: {
    url: "https://app.farm.test",
    defaultDomain: "testfarm-validation.netlify.app",
    adminUrl: "https://app.netlify.com/projects/testfarm-validation",
  },
  createCall: "POST /api/v1/{account_slug}/sites",
  readCall: "GET /api/v1/sites/{site_id}",
  count: ({ sites }) => sites.size,
  changes: [{ to: { customDomain: "www.farm.test" }, calls: ["PATCH /api/v1/sites/*"] }],
  replacements: [{ name: "testfarm-other" }, { accountSlug: "other" }],
  drift: {
    make: ({ sites }) => [...sites.values()].forEach((each) => (each.custom_domain = "mallory.test")),
    shows: { customDomain: "mallory.test" },
  },
  refused: [
    { inputs: { name: "Farm_1" }, property: "name", reason: /must be letters, digits and single hyphens/ },
    { inputs: { customDomain: "https://farm" }, property: "customDomain", reason: /must be a host name/ },
  ],
});

testVendorKind({
  ...account,
  kind: "Deploy",
  secrets: [],
  start: startWithSite,
  inputs,
  outputs: {
    url: expect.stringMatching(/^https:\/\/deploy\d--farm.netlify.app$/) as unknown as string,
    adminUrl: "https://app.netlify.com/projects/site-1",
  },
  createCall: "POST /api/v1/sites/{site_id}/deploys",
  readCall: "GET /api/v1/sites/{site_id}/deploys/{deploy_id}",
  // One that got no files is shown to nobody.
  count: ({ deploys }) => [...deploys.values()].filter(({ state }) => state !== "uploading").length,
  changes: [{ to: { directory: builtPage() }, calls: [] }],
  replacements: [
    { siteId: "site-2" },
    { digest: "other" },
    { apiUrl: "https://other.farm.test" },
    { headers: {} },
  ],
  drift: {
    make(server) {
      const byHand = { site_id: "site-1", title: "by hand", files: {}, state: "ready" };
      server.deploys.set("other", byHand);
      server.sites.get("site-1")!.published = "other";
    },
    shows: { digest: "by hand" },
  },
  untold: ["directory", "apiUrl", "headers"],
  refused: [
    {
      inputs: { directory: "/nowhere" },
      property: "directory",
      reason: /"\/nowhere": holds no index.html; build/,
    },
    {
      inputs: { apiUrl: "https://farm.test/api" },
      property: "apiUrl",
      reason: /must be https:\/\/ and a host/,
    },
    { inputs: { headers: { "X-A": "1\n/*" } }, property: "headers.X-A", reason: /must be one line/ },
  ],
});

let server: NetlifyServer;
let client: ProviderClient;
let close: () => void;

async function open(kind: string): Promise<void> {
  server = await startWithSite();
  ({ client, close } = await openVendorClient("netlify", kind, credentials, server));
}

const puts = () => server.calls.filter((call) => call.startsWith("PUT"));

function served(path: string): Buffer | undefined {
  const { files } = server.deploys.get(server.sites.get("site-1")!.published!)!;
  return server.contents.get(files[path]!);
}

describe("A site of Netlify", () => {
  beforeEach(() => open("Site"));
  afterEach(() => close());

  test("without a host name of its own has one below netlify.app", async () => {
    const { properties } = await client.create({ name: "testfarm-growth", accountSlug: "farm" });
    expect(properties["url"]).toBe("https://testfarm-growth.netlify.app");
  });

  test("is not taken for another one whose name holds its own", async () => {
    const { id } = await client.create({ name: "testfarm", accountSlug: "farm" });
    expect([id, server.sites.size]).toEqual(["site-2", 2]);
  });

  test("loses the host name that is left out from now on", async () => {
    const given = { name: "testfarm-growth", accountSlug: "farm" };
    const { id, properties } = await client.create({ ...given, customDomain: "app.farm.test" });
    const state = await client.update(id, properties, given);
    expect(state["url"]).toBe("https://testfarm-growth.netlify.app");
  });

  test("whose name somebody else has is refused with what to do, and not taken over", async () => {
    await expect(client.create({ name: "testfarm-validation", accountSlug: "other" })).rejects.toThrow(
      /Netlify answered POST \/api\/v1\/other\/sites with 422: subdomain must be unique. A name below netlify.app/,
    );
    expect(server.sites.size).toBe(1);
  });
});

describe("A deploy of Netlify", () => {
  beforeEach(() => open("Deploy"));
  afterEach(() => close());

  test("brings every file as it is, and the rules that give page and API one origin", async () => {
    await client.create(inputs);
    expect(served("/index.html")?.toString()).toContain("<!doctype html>");
    expect(served("/assets/a mug.png")).toEqual(picture);
    expect(served("/_redirects")?.toString()).toBe(
      "/api/* https://api.farm.test/api/:splat 200\n/* /index.html 200\n",
    );
    expect(served("/_headers")?.toString()).toBe("/*\n  X-Content-Type-Options: nosniff\n");
  });

  test("brings only what Netlify does not have yet", async () => {
    await client.create(inputs);
    const before = puts().length;
    const changed = builtPage("page(2)");
    await client.create({ ...inputs, directory: changed, digest: digestOf(changed) });
    expect(puts().slice(before)).toEqual(["PUT /api/v1/deploys/deploy2/files/assets%2Findex.js"]);
    expect(served("/assets/index.js")?.toString()).toBe("page(2)");
  });

  test("whose upload broke off is brought to its end by the next update", async () => {
    server.troubleAt("PUT /api/v1/deploys/{deploy_id}/files/{path}", { status: 403 }, 2);
    const failed = partialFailure(await client.create(inputs).catch((reason: unknown) => reason));
    expect(failed.id).toBe("site-1/deploy1");
    const before = puts().length;
    await client.update(failed.id!, failed.properties, inputs);
    expect(puts().length - before).toBe(3);
    expect(server.deploys.size).toBe(1);
    expect(server.sites.get("site-1")!.published).toBe("deploy1");
  });

  test("is waited for until it is published, by hand where that is how the site has it", async () => {
    const site = server.sites.get("site-1")!;
    site.isLocked = true;
    let isMade = false;
    const made = client.create(inputs).then(() => (isMade = true));
    await vi.waitFor(() => expect(server.deploys.get("deploy1")?.state).toBe("ready"));
    const looks = server.calls.length;
    await vi.waitFor(() => expect(server.calls.length).toBeGreaterThan(looks + 4));
    expect(isMade).toBe(false);
    site.published = "deploy1";
    await made;
  });

  test("that failed says why, where to look, and how to try again", async () => {
    server.endings.push("error");
    const failed = partialFailure(await client.create(inputs).catch((reason: unknown) => reason));
    expect(failed.reasons?.join()).toMatch(
      /has failed: Deploy directory holds no page; see https:\/\/app.netlify.com\/projects\/site-1, and pulumi up --replace/,
    );
  });

  test("of a page that was built anew in between is not mixed", async () => {
    server.troubleAt("PUT /api/v1/deploys/{deploy_id}/files/{path}", { status: 403 });
    const failed = partialFailure(await client.create(inputs).catch((reason: unknown) => reason));
    const rebuilt = { ...inputs, directory: builtPage("page(3)") };
    await expect(client.update(failed.id!, failed.properties, rebuilt)).rejects.toThrow(
      "The page is not the one that deploy site-1/deploy1 was begun with",
    );
  });

  test("is replaced by one that is made first, so that the site always shows one", async () => {
    const { replaces, deleteBeforeReplace } = await client.diff(inputs, { ...inputs, digest: "other" });
    expect([replaces, deleteBeforeReplace]).toEqual([["digest"], false]);
  });
});

test("A page's digest changes with a name and with a content, and with nothing else", () => {
  const renamed = builtPage();
  writeFileSync(join(renamed, "assets", "extra.js"), "");
  expect(digestOf(builtPage())).toBe(digestOf(directory));
  expect(digestOf(builtPage("bake()"))).not.toBe(digestOf(directory));
  expect(digestOf(renamed)).not.toBe(digestOf(directory));
});
