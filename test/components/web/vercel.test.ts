import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { pageHeaders } from "../../../components/web/page/built-page.ts";
import { web } from "../../../components/web/index.ts";
import { resourceOf } from "../../../infra/testing/index.ts";
import { buildPage, enterProgram, type Given, label, recordPage } from "./site.ts";

let leave: () => void;
beforeEach(() => {
  leave = enterProgram();
});
afterEach(() => leave());

const start = (given: Given = {}) => recordPage(web.vercel, given);
const deployment = async (given: Given = {}) =>
  resourceOf(await start(given), "vercel:index/deployment:Deployment", "web-deployment");
const directory = `../dist/vercel/${label}`;

interface Settings {
  readonly rewrites: readonly { readonly source: string; readonly destination: string }[];
  readonly headers: readonly {
    readonly source: string;
    readonly headers: readonly { readonly key: string; readonly value: string }[];
  }[];
}
const settings = () => JSON.parse(readFileSync(`${directory}/vercel.json`, "utf8")) as Settings;
/** Rules of Vercel match the whole path; the first one counts. */
const matches = (source: string, path: string) => new RegExp(`^${source}$`).test(path);

test("makes a project, its address and a production deployment, all of the team", async () => {
  const recording = await start({ domain: "farm.example.com" });
  const project = resourceOf(recording, "vercel:index/project:Project", "web");
  expect(project.inputs).toEqual({ name: `${label}-web`, teamId: "team_example" });
  const address = resourceOf(recording, "vercel:index/projectDomain:ProjectDomain", "web-domain");
  expect(address.inputs).toEqual({ domain: "farm.example.com", projectId: "web-id", teamId: "team_example" });
  const { inputs, dependsOn } = resourceOf(recording, "vercel:index/deployment:Deployment");
  expect(inputs).toMatchObject({
    projectId: "web-id",
    teamId: "team_example",
    production: true,
    pathPrefix: directory,
  });
  expect(dependsOn).toEqual(expect.arrayContaining(["test:index:Api::api", address.key]));
});

test("leaves the team to the token where the stack file names none", async () => {
  for (const { inputs, type } of (await start({ accounts: {} })).resources)
    expect([type, "teamId" in inputs]).toEqual([type, false]);
});

test("deploys the page's files and vercel.json, and nothing of the page before", async () => {
  buildPage("before()");
  const before = await deployment();
  rmSync("../dist/web/assets/index.js");
  const { inputs } = await deployment();
  expect(Object.keys(before.inputs["files"]!).toSorted()).toEqual([
    `${directory}/assets/index.js`,
    `${directory}/index.html`,
    `${directory}/vercel.json`,
  ]);
  expect(Object.keys(inputs["files"]!).toSorted()).toEqual([
    `${directory}/index.html`,
    `${directory}/vercel.json`,
  ]);
  expect(readdirSync(directory)).toContain("index.html");
});

test("another page is another deployment", async () => {
  const before = await deployment();
  buildPage("other()");
  expect((await deployment()).inputs["files"]).not.toEqual(before.inputs["files"]);
});

test.each([
  ["/api/sessions/1/events", "https://api.farm.test/api/sessions/1/events"],
  ["/", "/index.html"],
  ["/sessions/1", "/index.html"],
  ["/apiary", "/index.html"],
  // A file of an earlier page: none, rather than the page under a script's name.
  ["/assets/index-old.js", undefined],
])("answers %s, which is no file, from %s", async (path, answer) => {
  await deployment();
  const rule = settings().rewrites.find(({ source }) => matches(source, path));
  expect(rule && path.replace(new RegExp(`^${rule.source}$`), rule.destination)).toBe(answer);
});

test("gives the page's headers to every answer but the API's", async () => {
  await deployment();
  const [rule, ...others] = settings().headers;
  expect(others).toEqual([]);
  expect(Object.fromEntries(rule!.headers.map(({ key, value }) => [key, value]))).toEqual(pageHeaders);
  const paths = ["/", "/sessions/1", "/assets/index.js", "/api/sessions"];
  expect(paths.filter((path) => matches(rule!.source, path))).toEqual(paths.slice(0, 3));
});

test("needs a built page at `up` before it makes anything, and none before", async () => {
  rmSync("../dist/web", { recursive: true });
  await expect(start({ api: undefined })).rejects.toThrow(
    "dist/web holds no index.html: there is no page to publish. Run npm run build",
  );
  await start({ preview: true });
  expect(existsSync("../dist/vercel")).toBe(false);
});
