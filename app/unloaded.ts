/** Whether Chromium shows a page of its own, in place of one that it could not load. */
export const isUnloaded = (url: string): boolean => url.startsWith("chrome-error:");
