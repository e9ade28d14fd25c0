import { localBrowsers } from "./local.ts";
import { remoteBrowsers } from "./remote.ts";

/** Where sessions' browsers come from. */
export const browsers = { local: localBrowsers, remote: remoteBrowsers } as const;
