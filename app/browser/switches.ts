/** What every browser of ours is started with; https://peter.sh/experiments/chromium-command-line-switches/ */
export const switches = [
  "--headless",
  "--remote-debugging-pipe",
  "--no-startup-window",
  // Nothing of its own on the network, and nothing that asks a person.
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-default-apps",
  "--disable-domain-reliability",
  "--disable-extensions",
  "--disable-search-engine-choice-screen",
  "--disable-sync",
  "--metrics-recording-only",
  "--no-default-browser-check",
  "--no-first-run",
  "--no-pings",
  "--password-store=basic",
  "--use-mock-keychain",
  "--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,MediaRouter,OptimizationHints,PaintHolding",
  // A crash handler would outlive the process group.
  "--disable-breakpad",
  "--disable-crash-reporter",
  // Containers give /dev/shm 64 MB.
  "--disable-dev-shm-usage",
  // Timers and rendering as in a window that a person looks at.
  "--disable-back-forward-cache",
  "--disable-background-timer-throttling",
  "--disable-backgrounding-occluded-windows",
  "--disable-hang-monitor",
  "--disable-popup-blocking",
  "--disable-renderer-backgrounding",
  // Pictures that are the same on every machine.
  "--force-color-profile=srgb",
  "--font-render-hinting=none",
  "--hide-scrollbars",
  "--mute-audio",
  "--enable-features=CDPScreenshotNewSurface",
  "--enable-unsafe-swiftshader",
  // UDP goes around a proxy.
  "--disable-quic",
  "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
] as const;

/** A browser's only way out. */
export interface Proxy {
  readonly url: string;
  /** Hosts that are reached without it. Default: none. */
  readonly direct?: readonly string[];
}

/**
 * Sends everything through a proxy. Without `<-loopback>` Chromium goes around every proxy to this machine and to
 * 169.254.0.0/16, where clouds serve their metadata.
 */
export const throughProxy = ({ url, direct = [] }: Proxy) => [
  `--proxy-server=${url}`,
  `--proxy-bypass-list=${["<-loopback>", ...direct].join(";")}`,
];
