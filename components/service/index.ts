import type { Service, ServiceArgs } from "../../infra/contracts/managed.ts";

/** Who runs API and workers. A company's code is loaded when it is chosen. */
export const service: {
  readonly [Name in "railway" | "render" | "fly"]: (name: string, args: ServiceArgs) => Promise<Service>;
} = {
  async railway(name, args) {
    const { RailwayService } = await import("./railway.ts");
    return new RailwayService(name, args);
  },
  async render(name, args) {
    const { RenderService } = await import("./render.ts");
    return new RenderService(name, args);
  },
  async fly(name, args) {
    const { FlyService } = await import("./fly.ts");
    return new FlyService(name, args);
  },
};
