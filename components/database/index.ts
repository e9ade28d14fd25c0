import type { Database, DatabaseArgs } from "../../infra/contracts/managed.ts";

/** Who runs the database. A company's code is loaded when it is chosen. */
export const database: {
  readonly [Name in "supabase" | "neon" | "railway" | "render" | "fly"]: (
    name: string,
    args: DatabaseArgs,
  ) => Promise<Database>;
} = {
  async supabase(name, args) {
    const { SupabaseDatabase } = await import("./supabase.ts");
    return new SupabaseDatabase(name, args);
  },
  async neon(name, args) {
    const { NeonDatabase } = await import("./neon.ts");
    return new NeonDatabase(name, args);
  },
  async railway(name, args) {
    const { RailwayDatabase } = await import("./railway.ts");
    return new RailwayDatabase(name, args);
  },
  async render(name, args) {
    const { RenderDatabase } = await import("./render.ts");
    return new RenderDatabase(name, args);
  },
  async fly(name, args) {
    const { FlyDatabase } = await import("./fly.ts");
    return new FlyDatabase(name, args);
  },
};
