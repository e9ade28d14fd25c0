import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { directory, start } from "./stand-in-client.ts";

const token = "vercel:index/getProjectDirectory:getProjectDirectory";
const sha1 = (text: string) => createHash("sha1").update(text).digest("hex");
const ask = async (args: Readonly<Record<string, string>>, asked = token) =>
  (await start("vercel:index/project:Project")).invoke(asked, { ...args });

test("Vercel's function tells size and digest of each file of a directory", async () => {
  const page = join(directory, "page");
  mkdirSync(join(page, "assets"), { recursive: true });
  writeFileSync(join(page, "index.html"), "<!doctype html>");
  writeFileSync(join(page, "assets", "index.js"), "page()");
  expect(await ask({ path: page })).toEqual({
    id: page,
    path: page,
    files: {
      [join(page, "index.html")]: `15~${sha1("<!doctype html>")}`,
      [join(page, "assets", "index.js")]: `6~${sha1("page()")}`,
    },
  });
});

test("a function is asked for what its SDK says, and only one that there is", async () => {
  await expect(ask({})).rejects.toThrow(/path is missing; getProjectDirectory requires it as string/);
  await expect(ask({ path: "a", depth: "1" })).rejects.toThrow(/depth is not known to getProjectDirectory/);
  await expect(ask({ path: "a" }, "vercel:index/getFile:getFile")).rejects.toThrow(
    /The stand-in for vercel has no function vercel:index\/getFile:getFile/,
  );
});
