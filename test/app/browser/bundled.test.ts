import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { bundledChromium, isBundledFor } from "../../../app/browser/bundled.ts";
import { describeWith } from "../../support/services.ts";

const bundled = {
  name: "bundled Chromium",
  needs: "It comes with the package for Linux on x64 only.",
  find: async () => (isBundledFor(process.platform, process.arch) ? true : undefined),
};

await describeWith(bundled, "the bundled Chromium", () => {
  const { HOME } = process.env;
  const home = mkdtempSync(join(tmpdir(), "testfarm-home-"));
  afterAll(() => {
    process.env["HOME"] = HOME;
    rmSync(home, { recursive: true, force: true });
  });

  test("is unpacked once, whole, by two that ask at the same time, and starts with its own libraries", async () => {
    process.env["HOME"] = home;
    const [one, other] = await Promise.all([bundledChromium(), bundledChromium()]);
    expect(one).toEqual(other);
    expect(readdirSync(join(home, ".cache", "testfarm"))).toEqual(["chromium-147.0.0"]);
    const { stdout } = await promisify(execFile)(one.path, ["--version"], { env: one.env });
    expect(stdout).toMatch(/^Chrom\S+ 147\./);
    const libraries = one.env["LD_LIBRARY_PATH"] ?? "";
    expect(readdirSync(libraries)).toEqual(
      expect.arrayContaining(["libnss3.so", "libnspr4.so", "libexpat.so.1"]),
    );
  });
});
