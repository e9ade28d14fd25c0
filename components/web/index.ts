import type { Web, WebArgs } from "../../infra/contracts/managed.ts";

/** Who serves the page. A company's code is loaded when it is chosen. */
export const web: {
  readonly [Name in "vercel" | "netlify" | "railway" | "render" | "fly"]: (
    name: string,
    args: WebArgs,
  ) => Promise<Web>;
} = {
  async vercel(name, args) {
    const { VercelWeb } = await import("./vercel.ts");
    return new VercelWeb(name, args);
  },
  async netlify(name, args) {
    const { NetlifyWeb } = await import("./netlify.ts");
    return new NetlifyWeb(name, args);
  },
  async railway(name, args) {
    const { RailwayWeb } = await import("./railway.ts");
    return new RailwayWeb(name, args);
  },
  async render(name, args) {
    const { RenderWeb } = await import("./render.ts");
    return new RenderWeb(name, args);
  },
  async fly(name, args) {
    const { FlyWeb } = await import("./fly.ts");
    return new FlyWeb(name, args);
  },
};
