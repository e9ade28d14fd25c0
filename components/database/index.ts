import type { KubernetesDatabase, KubernetesDatabaseArgs } from "../../infra/contracts/kubernetes.ts";
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

/** The same beside a cluster, or in it: by the cloud whose own it is, or by where it is. */
export const kubernetesDatabase: {
  readonly [Name in "gke" | "eks" | "aks" | "cluster" | "external"]: (
    name: string,
    args: KubernetesDatabaseArgs,
  ) => Promise<KubernetesDatabase>;
} = {
  async gke(name, args) {
    const { CloudSqlDatabase } = await import("./cloud-sql.ts");
    return new CloudSqlDatabase(name, args);
  },
  async eks(name, args) {
    const { RdsDatabase } = await import("./rds.ts");
    return new RdsDatabase(name, args);
  },
  async aks(name, args) {
    const { FlexibleServerDatabase } = await import("./flexible-server.ts");
    return new FlexibleServerDatabase(name, args);
  },
  async cluster(name, args) {
    const { CloudNativePgDatabase } = await import("./cloudnative-pg.ts");
    return new CloudNativePgDatabase(name, args);
  },
  async external(name, args) {
    const { ExternalDatabase } = await import("./external.ts");
    return new ExternalDatabase(name, args);
  },
};
