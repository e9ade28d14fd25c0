import { expect, test } from "vitest";
import { web } from "../../../components/web/index.ts";
import { resourceOf } from "../../../infra/testing/index.ts";
import { type Given, recordPage } from "./site.ts";

const host = "web-production-1a2b.up.railway.app";
const domain = "farm.example.com";
const states = {
  "testfarm:railway:Service": { host },
  "testfarm:railway:CustomDomain": {
    target: "g05ns7.up.railway.app",
    verificationName: `_railway-verify.${domain}`,
    verificationValue: "railway-verify=abc123",
  },
};
const start = (given: Given = {}) => recordPage(web.railway, { states, ...given });
const keys = async (preview: boolean) =>
  (await start({ domain, preview })).resources.map(({ key }) => key).toSorted();
const page = async (given: Given = {}) => resourceOf(await start(given), "testfarm:railway:Service", "web");

test("is a container of the page's image in the stack's project, with a public host", async () => {
  const { inputs, provider, dataFlow, protect } = await page();
  expect(inputs).toMatchObject({
    name: "web",
    image: `ghcr.io/acme/testfarm-web@sha256:${"0".repeat(64)}`,
    region: "europe-west4-drams3a",
    port: 8080,
    healthPath: "/",
  });
  expect([provider, protect]).toEqual(["pulumi:providers:testfarm::railway", false]);
  expect(dataFlow["project"]).toEqual(["testfarm:railway:Project::railway-project"]);
});

test("is there before the API, whose address in the project it knows, and no different once there is one", async () => {
  const before = await page({ api: undefined });
  expect(before.inputs["variables"]).toEqual({
    PORT: "8080",
    API_URL: "http://api.railway.internal:3001",
    CLIENT_IP_HEADER: "X-Real-IP",
  });
  expect((await page()).inputs).toEqual(before.inputs);
});

test("is opened at Railway's address, or at the domain", async () => {
  expect((await start({ api: undefined })).outputs).toEqual({ url: `https://${host}`, records: [] });
  expect((await start({ domain })).outputs["url"]).toBe(`https://${domain}`);
});

test("a domain leads to the page's port, and needs a record for that and one that proves whose it is", async () => {
  const recording = await start({ domain });
  const { inputs, dataFlow } = resourceOf(recording, "testfarm:railway:CustomDomain", "web-domain");
  expect(inputs).toMatchObject({ domain, port: 8080 });
  expect(dataFlow["service"]).toEqual([(await page()).key]);
  expect(recording.outputs["records"]).toEqual([
    { name: domain, type: "CNAME", value: "g05ns7.up.railway.app" },
    { name: `_railway-verify.${domain}`, type: "TXT", value: "railway-verify=abc123" },
  ]);
});

test("is the same in a preview, before anything is there", async () => {
  expect(await keys(true)).toEqual(await keys(false));
});
