/** As a reader sees it: references are characters again, tags are gone. */
export const seen = (markdown: string): string =>
  markdown
    .replaceAll(/<\/?(?:code|pre|details|summary)>/g, "")
    .replaceAll("<br>", "; ")
    .replaceAll(/&#(\d+);/g, (_, number: string) => String.fromCodePoint(Number(number)));
