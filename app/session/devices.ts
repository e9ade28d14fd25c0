import { devices as known, type BrowserContextOptions, type ViewportSize } from "playwright-core";
import type { Persona } from "../contract.ts";

export const viewports = {
  desktop: { width: 1280, height: 800 },
  phone: { width: 390, height: 844 },
} as const satisfies Record<Persona["device"], ViewportSize>;

const phone = known["Pixel 7"];

/** What a browser context is on each device. */
export const devices: Readonly<Record<Persona["device"], BrowserContextOptions>> = {
  desktop: { viewport: viewports.desktop },
  phone: {
    viewport: viewports.phone,
    isMobile: true,
    hasTouch: true,
    deviceScaleFactor: 2,
    ...(phone && { userAgent: phone.userAgent }),
  },
};
