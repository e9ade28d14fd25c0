import type { LaunchedBrowser } from "../browser/contract.ts";

interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * Lets a browser open a picture, which shows that it is a whole one.
 *
 * @throws when it is none.
 */
export async function sizeOf(
  { browser }: Pick<LaunchedBrowser, "browser">,
  picture: Uint8Array,
): Promise<Size> {
  const page = await browser.newPage();
  return page.evaluate(decode, Buffer.from(picture).toString("base64"));
}

/** Runs in the page. */
async function decode(base64: string): Promise<Size> {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const { width, height } = await createImageBitmap(new Blob([bytes]));
  return { width, height };
}
