import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { chromium } from "../../support/chromium.ts";
import { describeWith } from "../../support/services.ts";
import { attempts } from "./ssrf/corpus.ts";
import type { Outcome } from "./ssrf/inside.ts";

const run = promisify(execFile);
const unshare = ["--net", "--mount"];

const namespaces = {
  name: "network namespaces with Chromium",
  needs: "Run the tests as root on Linux, with `unshare` (util-linux) and `ip` (iproute2).",
  find: async () => {
    const browsers = await chromium.find();
    const isPermitted = await run("unshare", [...unshare, "ip", "link", "set", "lo", "up"]).then(
      () => true,
      () => false,
    );
    return browsers && isPermitted ? true : undefined;
  },
};

await describeWith(
  namespaces,
  "a browser behind the filter, in a namespace that holds every private address",
  () => {
    let filtered: Outcome;
    let open: Outcome;
    beforeAll(async () => {
      const inside = join(import.meta.dirname, "ssrf", "inside.ts");
      const { stdout } = await run("unshare", [...unshare, process.execPath, "--import", "tsx", inside]);
      ({ filtered, open } = JSON.parse(stdout) as { filtered: Outcome; open: Outcome });
    }, 180_000);

    test.each(attempts)(
      "does not reach $target by $title, and reaches it without the filter",
      ({ title }) => {
        expect(filtered.arrived).not.toContain(title);
        expect(filtered.refused).toContain(title);
        expect(open.arrived).toContain(title);
      },
    );

    test("is tried in at least sixty ways, each to a place of its own", () => {
      expect(attempts.length).toBeGreaterThan(60);
      expect(new Set(attempts.map(({ reaches }) => reaches)).size).toBe(attempts.length);
    });

    test("sends no UDP around the filter, as it would without its switches", () => {
      expect([filtered.udp, open.udp]).toEqual([false, true]);
    });

    test("opens no file, neither in a page nor in a new tab, as it would without the guard", () => {
      expect(filtered.file).toEqual({ navigation: false, tab: false });
      expect(open.file).toEqual({ navigation: true, tab: true });
    });

    test("keeps no download, as it would without the guard", () => {
      expect([filtered.download, open.download]).toEqual([false, true]);
    });
  },
);
