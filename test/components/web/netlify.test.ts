import { resolve } from "node:path";
import { rmSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { digestOf } from "../../../components/provider/vendors/netlify/page.ts";
import { web } from "../../../components/web/index.ts";
import { pageHeaders } from "../../../components/web/page/built-page.ts";
import { resourceOf, Unknown } from "../../../infra/testing/index.ts";
import { buildPage, enterProgram, type Given, label, recordPage } from "./site.ts";

let leave: () => void;
beforeEach(() => {
  leave = enterProgram();
});
afterEach(() => leave());

const states = { "testfarm:netlify:Site": { defaultDomain: `${label}.netlify.app` } };
const start = (given: Given = {}) => recordPage(web.netlify, { states, ...given });
const deploy = async (given: Given = {}) =>
  resourceOf(await start(given), "testfarm:netlify:Deploy", "web-deploy");

test("makes a site of the team under the stack's label, with the domain", async () => {
  const { inputs, provider } = resourceOf(await start(), "testfarm:netlify:Site", "web");
  expect(inputs).toMatchObject({ name: label, accountSlug: "example" });
  expect(inputs["customDomain"]).toBeUndefined();
  expect(provider).toBe("pulumi:providers:testfarm::netlify");
  const own = resourceOf(await start({ domain: "farm.example.com" }), "testfarm:netlify:Site");
  expect(own.inputs["customDomain"]).toBe("farm.example.com");
});

test("the domain leads to the site's own address", async () => {
  const { outputs } = await start({ domain: "farm.example.com" });
  expect(outputs["records"]).toMatchObject([{ value: `${label}.netlify.app` }]);
});

test("deploys the built page with its headers, and keeps earlier deploys", async () => {
  const { inputs, provider, retainOnDelete } = await deploy();
  expect(inputs).toMatchObject({
    siteId: "web-id",
    directory: resolve("../dist/web"),
    digest: digestOf("../dist/web"),
    headers: pageHeaders,
  });
  expect([provider, retainOnDelete]).toEqual(["pulumi:providers:testfarm::netlify", true]);
});

test("another page is another deploy", async () => {
  const before = await deploy();
  buildPage("other()");
  expect((await deploy()).inputs["digest"]).not.toBe(before.inputs["digest"]);
});

test("needs a built page at `up` before it makes anything, and none before", async () => {
  rmSync("../dist/web", { recursive: true });
  await expect(start({ api: undefined })).rejects.toThrow(
    "dist/web holds no index.html: there is no page to publish. Run npm run build",
  );
  const { inputs } = await deploy({ preview: true });
  expect([inputs["directory"], inputs["digest"]]).toEqual([expect.any(Unknown), expect.any(Unknown)]);
});
