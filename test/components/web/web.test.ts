import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { apiUrl as railwayApiUrl } from "../../../components/railway/api.ts";
import { web } from "../../../components/web/index.ts";
import type { RecordedResource, Recording, Value } from "../../../infra/testing/index.ts";
import { enterProgram, type Given, label, recordPage } from "./site.ts";

interface Row {
  /** Type of the resource that puts the page there. */
  readonly page: string;
  /** What the company answers, by type of resource. */
  readonly states?: NonNullable<Given["states"]>;
  /** Where the page is without a domain. */
  readonly url: string;
  /** Where /api is passed on to. */
  readonly apiOf: (page: RecordedResource) => Value | undefined;
  /** Where it should be: the API's public address, or the one in the company's network. */
  readonly reaches: (host: string) => string;
}

const inPublic = (host: string) => `https://${host}`;
const inNetwork = (host: string) => `http://${host}.internal:3001`;
const variable = (variables: Value | undefined) => (variables as { API_URL?: Value }).API_URL;

/** What each company answers and is asked for. A new one is a row. */
const rows: { readonly [Name in keyof typeof web]: Row } = {
  vercel: {
    page: "vercel:index/deployment:Deployment",
    url: `https://${label}.vercel.app`,
    apiOf: ({ inputs }) => ruleFor("/api/sessions", `${String(inputs["pathPrefix"])}/vercel.json`),
    reaches: inPublic,
  },
  netlify: {
    page: "testfarm:netlify:Deploy",
    states: { "testfarm:netlify:Site": { defaultDomain: `${label}.netlify.app` } },
    url: `https://${label}.netlify.app`,
    apiOf: ({ inputs }) => inputs["apiUrl"],
    reaches: inPublic,
  },
  railway: {
    page: "testfarm:railway:Service",
    states: {
      "testfarm:railway:Service": { host: "web-production-4f2a.up.railway.app" },
      "testfarm:railway:CustomDomain": {
        target: "abc.up.railway.app",
        verificationValue: "railway-verify=1",
      },
    },
    url: "https://web-production-4f2a.up.railway.app",
    apiOf: ({ inputs }) => variable(inputs["variables"]),
    // By its name in the project, which stays.
    reaches: () => railwayApiUrl,
  },
  render: {
    page: "testfarm:render:Service",
    url: expect.stringMatching(new RegExp(`^https://${label}-web-[\\da-f]{6}\\.onrender\\.com$`)) as string,
    apiOf: ({ inputs }) => variable(inputs["variables"]),
    reaches: inNetwork,
  },
  fly: {
    page: "testfarm:fly:Machine",
    states: {
      "testfarm:fly:App": { hostname: `${label}-web.fly.dev` },
      "testfarm:fly:Certificate": { cname: "k1v5.fly.dev", challengeTarget: "farm.k1v5.flydns.net" },
    },
    url: `https://${label}-web.fly.dev`,
    apiOf: ({ inputs }) => variable(inputs["env"]),
    reaches: inNetwork,
  },
};

/** What Vercel takes a path's beginning for, by its settings. */
function ruleFor(path: string, file: string): string | undefined {
  const { rewrites } = JSON.parse(readFileSync(file, "utf8")) as {
    rewrites: readonly { readonly source: string; readonly destination: string }[];
  };
  const rule = rewrites.find(({ source }) => new RegExp(`^${source}$`).test(path));
  return rule && path.replace(new RegExp(rule.source), rule.destination).replace(path, "");
}

const partsIn = ({ resources }: Recording): RecordedResource[] =>
  resources.filter(({ parent }) => /^testfarm:web:\w+::web$/.test(parent ?? ""));
const keys = ({ resources }: Recording) => resources.map(({ key }) => key).toSorted();

let leave: () => void;
beforeAll(() => {
  leave = enterProgram();
});
afterAll(() => leave());

/** What every company that serves the page has to do. */
describe.each(Object.entries(rows))("a page at %s", (name, row) => {
  const { page, states = {}, url, reaches, apiOf } = row;
  const start = (given: Given = {}): Promise<Recording> =>
    recordPage(web[name as keyof typeof web], { states, ...given });
  const pagesIn = ({ resources }: Recording): RecordedResource[] =>
    resources.filter(({ type }) => type === page);
  const published = async (given: Given = {}): Promise<RecordedResource> => {
    const [found, ...others] = pagesIn(await start(given));
    expect(others).toEqual([]);
    return found!;
  };
  const domain = "farm.example.com";

  test("is one component, whose parts have its name and are its children", async () => {
    const recording = await start({ domain });
    const components = recording.resources.filter(({ type }) => type.startsWith("testfarm:web:"));
    expect(components.map((each) => each.name)).toEqual(["web"]);
    const parts = partsIn(recording);
    expect(parts.map((each) => each.type)).toContain(page);
    for (const part of parts) expect(part.name).toMatch(/^web(-|$)/);
  });

  test("has an address before there is an API, the company's or one's own", async () => {
    expect((await start({ api: undefined })).outputs["url"]).toEqual(url);
    expect((await start({ api: undefined, domain })).outputs["url"]).toBe(`https://${domain}`);
  });

  test("needs a record for a domain, and none without", async () => {
    expect((await start()).outputs["records"]).toEqual([]);
    const records = (await start({ domain })).outputs["records"] as readonly Record<string, string>[];
    expect(records[0]).toMatchObject({ name: domain, type: "CNAME" });
    for (const { name: of, value } of records) {
      expect(of).toMatch(new RegExp(`(^|\\.)${domain}$`));
      expect(value).toMatch(/^[\w.=-]+$/);
      expect(value).not.toBe(domain);
    }
  });

  test("passes /api on to the API", async () => {
    expect(apiOf(await published())).toBe(reaches("api.farm.test"));
  });

  test("is published anew when nothing but the API's address changes, where it can change", async () => {
    const [before, after] = [await published(), await published({ api: "moved.farm.test" })];
    expect(apiOf(after)).toBe(reaches("moved.farm.test"));
    const isFixed = reaches("moved.farm.test") === reaches("api.farm.test");
    expect(JSON.stringify(after.inputs) === JSON.stringify(before.inputs)).toBe(isFixed);
    expect((await published()).inputs).toEqual(before.inputs);
  });

  test("is not protected: it holds nothing that could get lost", async () => {
    for (const { protect, name: part } of partsIn(await start({ domain })))
      expect([part, protect]).toEqual([part, false]);
  });

  test("is the same in a preview, before anything is there", async () => {
    const preview = await start({ preview: true, domain });
    expect(keys(preview)).toEqual(keys(await start({ domain })));
  });
});
