import type { ConfigOf } from "../infra/config/schema.ts";
import { managed, type ManagedOutputs } from "./managed.ts";

/** Tier `paas`: each capability at the company of one's choice. */
export function paas(config: ConfigOf<"paas">): Promise<ManagedOutputs> {
  const { service, near } = config;
  const orService = <Name extends string>(choice: Name) =>
    choice === "platform" ? service : (choice as Exclude<Name, "platform">);
  return managed(config, {
    service,
    web: orService(config.web),
    database: orService(config.database),
    cache: orService(config.cache),
    // Render has none, which the configuration has made sure of.
    bucket: config.bucket === "platform" ? "railway" : config.bucket,
    cities: [near],
  });
}
