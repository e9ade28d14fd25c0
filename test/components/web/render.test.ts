import { expect, test } from "vitest";
import { web } from "../../../components/web/index.ts";
import { resourceOf } from "../../../infra/testing/index.ts";
import { accounts, type Given, label, recordPage } from "./site.ts";

const called = `${label}-web-88d4ba`;
const domain = "farm.example.com";
const at = (url: string) => ({ "testfarm:render:Service": { url } });
const start = (given: Given = {}) =>
  recordPage(web.render, { states: at(`https://${called}.onrender.com`), ...given });
const url = async (given: Given) => (await start({ api: undefined, ...given })).outputs["url"];
const keys = async (preview: boolean) =>
  (await start({ domain, preview })).resources.map(({ key }) => key).toSorted();
const page = async (given: Given = {}) => resourceOf(await start(given), "testfarm:render:Service", "web");

test("is a container of the page's image, which a release waits for", async () => {
  const { inputs, provider, protect } = await page();
  expect(inputs).toMatchObject({
    name: called,
    // It fails where the host is somebody else's: the API was told this one.
    publicHost: `${called}.onrender.com`,
    ownerId: "tea-example",
    type: "web_service",
    image: `ghcr.io/acme/testfarm-web@sha256:${"0".repeat(64)}`,
    region: "frankfurt",
    healthCheckPath: "/",
  });
  expect([provider, protect]).toEqual(["pulumi:providers:testfarm::render", false]);
});

test("comes after the API, to which it passes on what is for it", async () => {
  expect((await start({ api: undefined })).resources.map(({ type }) => type)).not.toContain(
    "testfarm:render:Service",
  );
  expect((await page()).inputs["variables"]).toEqual({
    PORT: "8080",
    API_URL: "http://api.farm.test.internal:3001",
    CLIENT_IP_HEADER: "True-Client-IP",
  });
});

test("has an address before there is an API, which is another one in another workspace", async () => {
  expect(await url({})).toBe(`https://${called}.onrender.com`);
  expect(await url({ accounts: { ...accounts, render: "tea-other" } })).not.toBe(await url({}));
  expect(await url({ domain })).toBe(`https://${domain}`);
});

test("a domain's record can be made before the page, and is looked for when the page is there", async () => {
  const recording = await start({ domain });
  expect(recording.outputs["records"]).toEqual([
    { name: domain, type: "CNAME", value: `${called}.onrender.com` },
  ]);
  const { inputs, dataFlow } = resourceOf(recording, "testfarm:render:CustomDomain", "web-domain");
  expect(inputs).toMatchObject({ name: domain, hasRecord: true });
  expect(dataFlow["serviceId"]).toEqual([(await page()).key]);
});

test("is the same in a preview, before anything is there", async () => {
  expect(await keys(true)).toEqual(await keys(false));
});
