import type { Page } from "playwright-core";
import { viewports } from "../devices.ts";
import { evaluate } from "../evaluate.ts";
import { finding, openingTag, pathOf, shapeOf } from "./finding.ts";
import type { StartInspector } from "./contract.ts";

/** Looks at each new page at the width of a phone: whoever has to scroll sideways loses the line they read. */
export const horizontalOverflow: StartInspector =
  ({ report }) =>
  async (page) => {
    const before = page.viewportSize();
    const resized = before !== null && before.width !== viewports.phone.width;
    if (resized) await resize(page, viewports.phone);
    try {
      const overflow = await measure(page);
      if (overflow === undefined) return;
      const { width, selector, html } = overflow;
      report(
        finding([shapeOf(selector), shapeOf(openingTag(html))], {
          kind: "horizontal-overflow",
          severity: "moderate",
          title: `${pathOf(page.url())} scrolls sideways on a phone: ${width} px wide on ${viewports.phone.width}`,
          detail: "The element is wider than a phone's screen. Let it wrap, shrink, or scroll within itself.",
          url: page.url(),
          evidence: { selector, html },
        }),
      );
    } finally {
      if (resized) await resize(page, before);
    }
  };

/** Done when the page has answered to it and is laid out anew, which takes it a frame each. */
async function resize(page: Page, size: { width: number; height: number }): Promise<void> {
  await page.setViewportSize(size);
  await evaluate(page, async () => {
    for (let frame = 0; frame < 2; frame += 1) await new Promise((done) => requestAnimationFrame(done));
  });
}

interface Overflow {
  readonly width: number;
  readonly selector: string;
  readonly html: string;
}

/** How wide the page is, and an element that makes it so. */
const measure = (page: Page) =>
  evaluate(page, (): Overflow | undefined => {
    const screen = document.documentElement.clientWidth;
    const width = document.documentElement.scrollWidth;
    // A pixel of rounding is none that anybody scrolls.
    if (width <= screen + 1) return undefined;
    const clips = (element: Element | null): boolean =>
      element !== null &&
      element !== document.body &&
      element !== document.documentElement &&
      (getComputedStyle(element).overflowX !== "visible" || clips(element.parentElement));
    const sticksOut = (element: Element) =>
      element.getBoundingClientRect().right + scrollX > screen + 1 && !clips(element.parentElement);
    const isWide = (element: Element) => element.getBoundingClientRect().width > screen + 1;
    const outside = [...document.body.querySelectorAll("*")].filter(sticksOut);
    // A wide table takes its rows and cells along: the cause is the first that is wide in a parent that is not.
    const cause = outside.find(
      (element) => isWide(element) && !isWide(element.parentElement ?? document.body),
    );
    const culprit = cause ?? outside[0] ?? document.body;
    const parent = culprit === document.body ? null : culprit.parentElement;
    const selector = [parent, culprit].flatMap((element) =>
      element === null
        ? []
        : [[element.localName, ...element.classList].map((name) => CSS.escape(name)).join(".")],
    );
    return { width, selector: selector.join(" > "), html: culprit.outerHTML };
  });
