import { beforeAll, expect, test } from "vitest";
import type { Finding } from "../../../app/contract.ts";
import { plantedDefects } from "../../../app/demo-site/defects.ts";
import { serveDemoSite } from "../../../app/demo-site/serve.ts";
import type { BrowserProvider } from "../../../app/browser/contract.ts";
import { chromium } from "../../support/chromium.ts";
import { describeWith } from "../../support/services.ts";
import { click, goto, play } from "../session/play.ts";

/** What the inspectors find on a way past every page that has a defect. */
async function findingsIn(browsers: BrowserProvider, mended: boolean): Promise<readonly Finding[]> {
  const shop = await serveDemoSite({ port: 0, mended });
  const to = (path: string) => goto(`${shop.url}${path}`);
  const agent = [
    to("/products/blue-mug"),
    click('button "Add to basket"'),
    ...["/help", "/sizes", "/about", "/workshop"].map(to),
  ];
  const { findings, steps, warnings } = await play({ browsers, url: shop.url, agent });
  await shop.close();
  expect(steps.map(({ error }) => error)).toEqual(Array.from({ length: 7 }, () => null));
  expect(warnings).toEqual([]);
  return findings;
}

await describeWith(chromium, "the demo shop", (browsers) => {
  let planted: readonly Finding[];
  let mended: readonly Finding[];
  beforeAll(async () => {
    planted = await findingsIn(browsers, false);
    mended = await findingsIn(browsers, true);
  });

  test.each(plantedDefects)("has a defect on $path: $what", ({ path, kind, evidence }) => {
    const found = planted.filter(
      (finding) =>
        finding.kind === kind && JSON.stringify(finding).includes(JSON.stringify(evidence).slice(1, -1)),
    );
    expect(found.map(({ url }) => new URL(url).pathname)).toEqual([path]);
  });

  test("has no other, and none once it is mended", () => {
    expect(planted).toHaveLength(plantedDefects.length);
    expect(mended).toEqual([]);
  });
});
