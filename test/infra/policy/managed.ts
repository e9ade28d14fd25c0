import * as pulumi from "@pulumi/pulumi";
import { resourceClass } from "../../../components/provider/vendor/program.ts";
import { machine as machineKind } from "../../../components/provider/vendors/fly/machine.ts";
import { secrets } from "../../../components/provider/vendors/fly/secrets.ts";
import { service as railwayKind } from "../../../components/provider/vendors/railway/service.ts";
import { keyValue } from "../../../components/provider/vendors/render/key-value.ts";
import { postgres } from "../../../components/provider/vendors/render/postgres.ts";
import { service as renderKind } from "../../../components/provider/vendors/render/service.ts";
import { supabase } from "../../../components/provider/vendors/supabase.ts";
import { upstash } from "../../../components/provider/vendors/upstash.ts";

const Machine = resourceClass("fly", "Machine", machineKind);
const Secrets = resourceClass("fly", "Secrets", secrets);
const RailwayService = resourceClass("railway", "Service", railwayKind);
const RenderService = resourceClass("render", "Service", renderKind);
const Postgres = resourceClass("render", "Postgres", postgres);
const KeyValue = resourceClass("render", "KeyValue", keyValue);
const SupabaseProject = resourceClass("supabase", "Project", supabase.kinds.Project);
const Redis = resourceClass("upstash", "Redis", upstash.kinds.Redis);

type Args<T extends new (name: string, args: never) => unknown> = Partial<ConstructorParameters<T>[1]>;

const digest = `@sha256:${"0".repeat(64)}`;
const kept = { protect: true, retainOnDelete: true };
const somewhere = { ownerId: "tea-1", region: "frankfurt" } as const;

/** A resource of each kind at a company that no rule has anything against, but for what a test says otherwise. */
export const managed = {
  machine: (args: Args<typeof Machine> = {}) =>
    new Machine("machine", {
      app: "shop",
      name: "api",
      region: "fra",
      image: `registry.fly.io/shop${digest}`,
      size: "shared-cpu-1x",
      memory: 512,
      ...args,
    }),
  secrets: (values: Args<typeof Secrets>["values"]) =>
    new Secrets("secrets", { app: "shop", values: values! }),
  railwayService: (args: Args<typeof RailwayService> = {}) =>
    new RailwayService("service", {
      project: "project",
      environment: "environment",
      name: "api",
      image: `ghcr.io/acme/shop${digest}`,
      region: "europe-west4-drams3a",
      ...args,
    }),
  renderService: (args: Args<typeof RenderService> = {}) =>
    new RenderService("service", {
      ...somewhere,
      name: "api",
      type: "web_service",
      image: `ghcr.io/acme/shop${digest}`,
      ...args,
    }),
  postgres: (args: Args<typeof Postgres> = {}, options: object = kept) =>
    new Postgres("database", { ...somewhere, name: "shop", ...args }, options),
  keyValue: (args: Args<typeof KeyValue> = {}, options: object = kept) =>
    new KeyValue("queue", { ...somewhere, name: "shop", ...args }, options),
  supabase: (args: Args<typeof SupabaseProject> = {}, options: object = kept) =>
    new SupabaseProject(
      "database",
      {
        name: "shop",
        organizationSlug: "acme",
        region: "eu-central-1",
        password: pulumi.secret("canary-password"),
        ...args,
      },
      options,
    ),
  redis: (args: Args<typeof Redis> = {}, options: object = kept) =>
    new Redis("queue", { name: "shop", region: "eu-central-1", ...args }, options),
};
